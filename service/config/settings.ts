import { z } from 'zod';
import { ownProperty } from '../contract/values/own-property.ts';
import { configSchema } from './schema.ts';

/** A setting, as the schema describes it. */
export type Setting = {
  readonly kind: 'setting';
  /** Path in the file: `http.maxBodyBytes`. */
  readonly path: string;
  readonly description: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'structure';
  /** Completes "expected …". */
  readonly expects: string;
  /** Undefined if the schema has none. */
  readonly default: unknown;
  readonly secret: boolean;
  /** The variable that is derived from the path, then shared ones, the strongest first. */
  readonly variables: readonly [string, ...string[]];
};

export type Section = {
  readonly kind: 'section';
  /** Empty for the root. */
  readonly path: string;
  readonly description: string;
  readonly members: readonly (Setting | Section)[];
};

type Node = z.core.JSONSchema.BaseSchema;

/** Schema of the input, before defaults and transformations, with our metadata. */
const rootNode: Node = z.toJSONSchema(configSchema, { io: 'input' });

export const rootSection: Section = sectionOf(rootNode, []);
export const allSettings: readonly Setting[] = settingsOf(rootSection);

/** `http.maxBodyBytes` → `HEARTBEAT_HTTP_MAX_BODY_BYTES`. */
export function variableOf(path: string): string {
  const words = path.replaceAll('.', '_').replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
  return `HEARTBEAT_${words.toUpperCase()}`;
}

export function settingAt(path: string): Setting | undefined {
  return allSettings.find((setting) => setting.path === path);
}

/**
 * Expectation of the schema at a place, also within a list, and whether the value there is secret.
 * `root` is the input, whose values select between alternative types.
 */
export function expectationAt(
  place: readonly PropertyKey[],
  root: unknown,
): { expects: string; secret: boolean } {
  let node: Node | undefined = rootNode;
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

function settingsOf({ members }: Section): Setting[] {
  return members.flatMap((member) => (member.kind === 'section' ? settingsOf(member) : [member]));
}

function sectionOf(node: Node, place: readonly string[]): Section {
  const members = Object.keys(node.properties ?? {}).flatMap((key) => {
    const member = memberOf(node, key);
    if (member === undefined) return [];
    return [
      member.properties ? sectionOf(member, [...place, key]) : settingOf(member, [...place, key]),
    ];
  });
  return { kind: 'section', path: place.join('.'), description: node.description ?? '', members };
}

function settingOf(node: Node, place: readonly string[]): Setting {
  const path = place.join('.');
  const also = z.array(z.string()).default([]).parse(node['also']);
  return {
    kind: 'setting',
    path,
    description: node.description ?? '',
    type: typeOf(node),
    expects: expects(node),
    default: node.default,
    secret: node['secret'] === true,
    variables: [variableOf(path), ...also],
  };
}

function memberOf(node: Node | undefined, step: PropertyKey): Node | undefined {
  const found =
    (typeof step === 'string' ? ownProperty(node?.properties ?? {}, step) : undefined) ??
    (typeof step === 'number' ? node?.items : node?.additionalProperties);
  return typeof found === 'object' && !Array.isArray(found) ? found : undefined;
}

/** The alternative that the value's `type` names; without one, a choice between their names. */
function selectType(node: Node, value: unknown): Node {
  const types = choices(node);
  if (types.length === 0) return node;
  const nameOf = (type: Node) => memberOf(type, 'type')?.const;
  const selected = types.find((type) => nameOf(type) === ownProperty(value, 'type'));
  const names = types.flatMap((type) => nameOf(type) ?? []);
  return selected ?? { properties: { type: { type: 'string', enum: names } } };
}

const choices = (node: Node): Node[] =>
  (node.oneOf ?? node.anyOf ?? []).filter((one) => typeof one === 'object');

function typeOf({ type }: Node): Setting['type'] {
  if (type === 'string') return 'text';
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'structure';
}

function expects(node: Node): string {
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

function bounds({ minimum, exclusiveMinimum, maximum }: Node): string[] {
  return [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`up to ${maximum}`]),
  ];
}
