import { z } from 'zod';
import { ownProperty } from '../../contract/values/own-property.ts';

/** A schema of settings, or a part of it, as JSON Schema with our metadata. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

/** `expects` completes "expected …". */
export type Expectation = { readonly expects: string; readonly secret: boolean };

/** Schema of the input, before defaults and transformations. */
export const schemaNode = (schema: z.ZodType): SchemaNode =>
  z.toJSONSchema(schema, { io: 'input' });

/**
 * Expectation of the schema at a place, also within a list, and whether the value there is secret.
 * `root` is the input, whose values select between alternative types.
 */
export function expectationIn(
  rootNode: SchemaNode,
  place: readonly PropertyKey[],
  root: unknown,
): Expectation {
  let node: SchemaNode | undefined = rootNode;
  let value = root;
  for (const step of place) {
    if (node?.['secret'] === true) break;
    node = memberOf(node && selectType(node, value), step);
    value = ownProperty(value, step);
  }
  // Text instead of a list, or at an unknown place, may be anything.
  const isKnown = node !== undefined && typeOf(node) !== 'structure';
  return {
    expects: node ? expects(node) : 'something else',
    secret: !isKnown || node?.['secret'] === true,
  };
}

export function memberOf(node: SchemaNode | undefined, step: PropertyKey): SchemaNode | undefined {
  const found =
    (typeof step === 'string' ? ownProperty(node?.properties ?? {}, step) : undefined) ??
    (typeof step === 'number' ? node?.items : node?.additionalProperties);
  return typeof found === 'object' && !Array.isArray(found) ? found : undefined;
}

/** The alternative that the value's `type` names; without one, a choice between their names. */
function selectType(node: SchemaNode, value: unknown): SchemaNode {
  const types = choices(node);
  if (types.length === 0) return node;
  const nameOf = (type: SchemaNode) => memberOf(type, 'type')?.const;
  const selected = types.find((type) => nameOf(type) === ownProperty(value, 'type'));
  const names = types.flatMap((type) => nameOf(type) ?? []);
  return selected ?? { properties: { type: { type: 'string', enum: names } } };
}

const choices = (node: SchemaNode): SchemaNode[] =>
  (node.oneOf ?? node.anyOf ?? []).filter((one) => typeof one === 'object');

export function typeOf({
  type,
}: SchemaNode): 'text' | 'integer' | 'number' | 'boolean' | 'structure' {
  if (type === 'string') return 'text';
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'structure';
}

export function expects(node: SchemaNode): string {
  if (typeof node['expects'] === 'string') return node['expects'];
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'string':
      return 'text that is not empty';
    case 'integer':
      return `a whole number from ${node.minimum} to ${node.maximum}`;
    case 'number':
      return ['a number', ...bounds(node)].join(' ');
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    default:
      return node.type === 'object' || choices(node).length > 0
        ? 'a group of settings'
        : 'something else';
  }
}

function bounds({ minimum, exclusiveMinimum, maximum }: SchemaNode): string[] {
  return [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`up to ${maximum}`]),
  ];
}
