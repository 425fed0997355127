import { stringify } from 'yaml';
import { ownProperty } from '../contract/values/own-property.ts';
import type { LoadedConfig } from './load.ts';
import { formatOrigin } from './problem.ts';
import { allSettings, rootSection, type Section } from './settings.ts';

type Effective = Pick<LoadedConfig, 'settings' | 'sources'>;

/**
 * The configuration in effect as a YAML file, with the source of each value in a comment. Secrets
 * format themselves as redacted, and addresses have no query.
 */
export const effectiveYaml = (effective: Effective): string =>
  `${yamlLines(rootSection, '', effective).join('\n')}\n`;

/** The same as JSON: each value with its source, by path; null if there is no value. */
export function effectiveJson(effective: Effective): string {
  const entries = allSettings.map(({ path }) => {
    const { value, source } = lookUp(path, effective);
    return [path, { value: value ?? null, source }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}

function lookUp(path: string, { settings, sources }: Effective) {
  const value = path.split('.').reduce<unknown>((group, key) => ownProperty(group, key), settings);
  return {
    value: withoutQueries(value),
    source: formatOrigin(sources.get(path) ?? { kind: 'default' }),
  };
}

/** A plain value without the queries of addresses: webhooks often have their key there. */
function withoutQueries(value: unknown): unknown {
  if (value === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'string' ? one.replace(/^(https?:\/\/[^?#]*)[?#].*$/is, '$1?[redacted]') : one,
    ),
  );
}

function yamlLines({ members }: Section, indent: string, effective: Effective): string[] {
  return members.flatMap((member) => {
    const key = member.path.split('.').at(-1) ?? '';
    if (member.kind === 'section') {
      return [`${indent}${key}:`, ...yamlLines(member, `${indent}  `, effective)];
    }
    const { value, source } = lookUp(member.path, effective);
    if (value === undefined) return [`${indent}# ${key}: not set`];
    return [`${indent}${key}: ${formatInline(value)} # ${source}`];
  });
}

/** A value in one line; lists and groups of JSON are valid YAML. */
function formatInline(plain: unknown): string {
  return typeof plain === 'object' && plain !== null
    ? JSON.stringify(plain)
    : stringify(plain, { lineWidth: 0, blockQuote: false }).trimEnd();
}
