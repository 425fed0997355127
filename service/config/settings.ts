import { z } from 'zod';
import { ownProperty } from '../contract/values/own-property.ts';
import { configSchema } from './schema.ts';

/** One value that can be set, as the schema describes it. */
export type Setting = {
  readonly kind: 'setting';
  /** As in the file: `http.maxBodyBytes`. */
  readonly path: string;
  readonly description: string;
  readonly type: 'text' | 'whole number' | 'number' | 'boolean' | 'structure';
  /** Completes "expected …". */
  readonly expects: string;
  /** Undefined where the schema has none. */
  readonly default: unknown;
  readonly secret: boolean;
  /** The variable derived from the path, then those of others, strongest first. */
  readonly variables: readonly [string, ...string[]];
};

export type Section = {
  readonly kind: 'section';
  /** Empty for the whole. */
  readonly path: string;
  readonly description: string;
  readonly members: readonly (Setting | Section)[];
};

type Node = z.core.JSONSchema.BaseSchema;

/** The schema of what is written, before defaults and transformations; our metadata comes along. */
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
 * What the schema wants at a place, also within a list; and whether what stands there is shown.
 * `written` is the whole that was given: where there are several types, it says which is meant.
 */
export function expectationAt(
  place: readonly PropertyKey[],
  written: unknown,
): { expects: string; secret: boolean } {
  let node: Node | undefined = rootNode;
  let value = written;
  for (const step of place) {
    if (node?.['secret'] === true) break;
    node = memberOf(node && typeMeant(node, value), step);
    value = ownProperty(value, step);
  }
  // A text where a list should be, or at a place that the schema does not know, may hold anything.
  const isKnown = node !== undefined && typeOf(node) !== 'structure';
  return {
    expects: node ? expects(node) : 'something else',
    secret: !isKnown || node?.['secret'] === true,
  };
}

function settingsOf(section: Section): Setting[] {
  return section.members.flatMap((member) =>
    member.kind === 'section' ? settingsOf(member) : [member],
  );
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
  const properties = node?.properties ?? {};
  const member = typeof step === 'string' ? ownProperty(properties, step) : undefined;
  const found = member ?? (typeof step === 'number' ? node?.items : node?.additionalProperties);
  return typeof found === 'object' && !Array.isArray(found) ? found : undefined;
}

/** Of a choice between types the one that `type` names; of none, a choice between their names. */
function typeMeant(node: Node, value: unknown): Node {
  const types = choices(node);
  if (types.length === 0) return node;
  const named = ownProperty(value, 'type');
  const names = types.flatMap((type) => memberOf(type, 'type')?.const ?? []);
  const meant = types.find((type) => memberOf(type, 'type')?.const === named);
  return meant ?? { properties: { type: { type: 'string', enum: names } } };
}

const choices = (node: Node): Node[] =>
  (node.oneOf ?? node.anyOf ?? []).filter((one) => typeof one === 'object');

function typeOf(node: Node): Setting['type'] {
  switch (node.type) {
    case 'string':
      return 'text';
    case 'integer':
      return 'whole number';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'structure';
  }
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
    case undefined:
      return choices(node).length > 0 ? 'a group of settings' : 'something else';
    case 'object':
      return 'a group of settings';
    default:
      return 'something else';
  }
}

function bounds({ minimum, exclusiveMinimum, maximum }: Node): string[] {
  return [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`up to ${maximum}`]),
  ];
}
