import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { defined } from '../contract/defined.ts';
import { ownProperty } from '../contract/values/own-property.ts';
import { accessFaults } from './access.ts';
import { type ConfigProblem, describeGiven } from './problem.ts';
import { type Config, type ConfigSettings, configSchema } from './schema.ts';
import { createKeystoneConfig, isLoginIntended, loginFaults } from './sections/login.ts';
import { expectationAt, settingAt } from './settings.ts';
import type { GivenValues } from './sources/layers.ts';

type CheckedSettings =
  | { readonly kind: 'config'; readonly config: Config; readonly settings: ConfigSettings }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/**
 * Checks given values against the schema, and settings against each other. `before` are the problems
 * of the sources: they come first, and problems that only follow from them are left out.
 */
export function checkSettings(
  given: GivenValues,
  before: readonly ConfigProblem[],
): CheckedSettings {
  const tree = nest(given);
  const result = configSchema.safeParse(tree);
  const issues = result.error?.issues ?? [];
  const problems = [
    ...before,
    ...issues.flatMap((issue) => issueProblems(issue, tree, given)).filter(isFirstOfItsKind),
    ...loginProblems(given, before),
    ...(result.data ? relationProblems(result.data, given) : []),
  ];
  if (result.data === undefined || problems.length > 0) return { kind: 'problems', problems };

  const { keystone, ...settings } = result.data;
  const login = createKeystoneConfig(keystone, settings.monasca.url);
  const config = login ? { ...settings, keystone: login } : settings;
  return { kind: 'config', config, settings: result.data };
}

/** One value can cause several issues: text instead of a list is also a list that is too long. */
const isFirstOfItsKind = <T>(one: T, index: number, all: readonly T[]): boolean =>
  all.findIndex((other) => isDeepStrictEqual(other, one)) === index;

type Tree = { [key: string]: unknown };

/** `http.port` → `{ http: { port } }`. The paths are those of the schema. */
function nest(given: GivenValues): Tree {
  const root: Tree = {};
  for (const [path, { value }] of given) {
    const place = path.split('.');
    const last = place.pop() ?? '';
    let node = root;
    for (const step of place) {
      const next: Tree = isTree(node[step]) ? node[step] : {};
      node[step] = next;
      node = next;
    }
    node[last] = value;
  }
  return root;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issueProblems(issue: z.core.$ZodIssue, tree: Tree, given: GivenValues): ConfigProblem[] {
  const at = locate(issue.path, given);
  if (issue.code === 'unrecognized_keys') {
    const expected = 'the name of a setting';
    return issue.keys.map((key) => ({ ...at, given: `unknown key ${key}`, expected }));
  }
  const { expects, secret } = expectationAt(issue.path, tree);
  const value =
    issue.path.reduce<unknown>((node, step) => ownProperty(node, step), tree) ??
    settingAt(issue.path.join('.'))?.default;
  const expected = issue.code === 'custom' ? issue.message : `${expects}${hint(issue, value)}`;
  const description = value === undefined ? undefined : describeGiven(value, secret);
  return [{ ...at, ...defined({ given: description }), expected }];
}

/** YAML reads `password: 12345` as a number. */
function hint(issue: z.core.$ZodIssue, value: unknown): string {
  const isBare = typeof value === 'number' || typeof value === 'boolean';
  const needsText = issue.code === 'invalid_type' && issue.expected === 'string';
  return isBare && needsText ? ' (put it in quotes)' : '';
}

/** Path of a place, with the variable and the origin of the setting that contains it. */
function locate(
  place: readonly PropertyKey[],
  given: GivenValues,
): Omit<ConfigProblem, 'expected'> {
  const path = place
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  const [setting] = place.flatMap(
    (_, index) => settingAt(place.slice(0, index + 1).join('.')) ?? [],
  );
  if (setting === undefined) return { path };
  const origin = given.get(setting.path)?.origin ?? { kind: 'default' };
  return { path, variable: setting.variables[0], origin };
}

/** Settings that an intended login lacks; none if the file cannot be read. */
function loginProblems(given: GivenValues, before: readonly ConfigProblem[]): ConfigProblem[] {
  if (before.some(({ path, origin }) => path === undefined && origin?.kind === 'file')) return [];
  const value = (key: string) => given.get(`keystone.${key}`)?.value;
  const faults =
    given.has('monasca.url') && !isLoginIntended(value)
      ? [{ key: 'authUrl', expects: "Keystone's address, because monasca.url is given" }]
      : loginFaults(value);
  return faults
    .map(({ key, expects }) => {
      const path = `keystone.${key}`;
      const variable = settingAt(path)?.variables.join(' or ') ?? '';
      return { path, variable, expected: expects };
    })
    .filter(({ path }) => !before.some((problem) => problem.path === path));
}

/** Problems of several sections together. */
function relationProblems(settings: ConfigSettings, given: GivenValues): ConfigProblem[] {
  const { http, outbox } = settings;
  const faults = accessFaults(settings).map(({ place, ...fault }) => ({
    ...locate(place, given),
    ...fault,
  }));
  faults.push(...relayProblems(settings, given));
  if (http.maxHeartbeats <= outbox.maxRecords) return faults;
  const at = locate(['outbox', 'maxRecords'], given);
  const expected = 'at least http.maxHeartbeats';
  return [...faults, { ...at, given: String(outbox.maxRecords), expected }];
}

/** Commands of relays are sent by the actor of the lvmbeat profile. */
function relayProblems(
  { relays, profiles: { lvmbeat } }: ConfigSettings,
  given: GivenValues,
): ConfigProblem[] {
  if (lvmbeat.enabled && lvmbeat.amqp.url !== undefined) return [];
  const expected = 'profiles.lvmbeat.enabled and profiles.lvmbeat.amqp.url for it';
  return relays.flatMap(({ target }, index) =>
    target.type === 'amqp'
      ? [{ ...locate(['relays', index, 'target', 'type'], given), given: '"amqp"', expected }]
      : [],
  );
}
