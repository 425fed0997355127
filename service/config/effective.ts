import { stringify } from 'yaml';
import type { LoadedConfig } from './load.ts';
import { allSettings, rootSection, type Section } from './settings.ts';
import { originText } from './sources/origin.ts';

type Effective = Pick<LoadedConfig, 'settings' | 'sources'>;

/**
 * The configuration in effect, as a YAML file that says behind each value where it comes from.
 * Secrets print themselves as redacted.
 */
export function effectiveYaml({ settings, sources }: Effective): string {
  const values = new Map(flatten(settings, ''));
  return `${yamlLines(rootSection, '', values, sources).join('\n')}\n`;
}

/** The same for machines: the values by path, each with its source; null where there is none. */
export function effectiveJson({ settings, sources }: Effective): string {
  const values = new Map(flatten(settings, ''));
  const entries = allSettings.map(({ path }) => {
    const origin = sources.get(path) ?? { kind: 'default' };
    return [path, { value: values.get(path) ?? null, source: originText(origin) }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}

function yamlLines(
  section: Section,
  indent: string,
  values: ReadonlyMap<string, unknown>,
  sources: LoadedConfig['sources'],
): string[] {
  return section.members.flatMap((member) => {
    const key = member.path.split('.').at(-1) ?? '';
    if (member.kind === 'section') {
      return [`${indent}${key}:`, ...yamlLines(member, `${indent}  `, values, sources)];
    }
    const value = values.get(member.path);
    if (value === undefined) return [`${indent}# ${key}: not set`];
    const source = originText(sources.get(member.path) ?? { kind: 'default' });
    return [`${indent}${key}: ${inline(value)} # ${source}`];
  });
}

/** A value on one line; JSON's lists and groups are YAML's too. */
function inline(value: unknown): string {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return typeof plain === 'object' && plain !== null
    ? JSON.stringify(plain)
    : stringify(plain, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** All leaves by their paths. */
function flatten(value: unknown, path: string): [string, unknown][] {
  const isSetting = allSettings.some((setting) => setting.path === path);
  if (isSetting || typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, member]) =>
    flatten(member, path === '' ? key : `${path}.${key}`),
  );
}
