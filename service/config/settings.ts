import { z } from 'zod';
import {
  type Expectation,
  expectationIn,
  expects,
  memberOf,
  type SchemaNode,
  schemaNode,
  typeOf,
} from './schema/node.ts';
import { configSchema } from './schema.ts';

/** A setting, as the schema describes it. */
export type Setting = {
  readonly kind: 'setting';
  /** Path in the file: `http.maxBodyBytes`. */
  readonly path: string;
  readonly description: string;
  readonly type: ReturnType<typeof typeOf>;
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

const rootNode = schemaNode(configSchema);

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

/** Expectation of the schema of all settings at a place. */
export const expectationAt = (place: readonly PropertyKey[], root: unknown): Expectation =>
  expectationIn(rootNode, place, root);

function settingsOf({ members }: Section): Setting[] {
  return members.flatMap((member) => (member.kind === 'section' ? settingsOf(member) : [member]));
}

function sectionOf(node: SchemaNode, place: readonly string[]): Section {
  const members = Object.keys(node.properties ?? {}).flatMap((key) => {
    const member = memberOf(node, key);
    if (member === undefined) return [];
    return [
      member.properties ? sectionOf(member, [...place, key]) : settingOf(member, [...place, key]),
    ];
  });
  return { kind: 'section', path: place.join('.'), description: node.description ?? '', members };
}

function settingOf(node: SchemaNode, place: readonly string[]): Setting {
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
