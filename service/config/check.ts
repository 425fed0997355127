import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { accessFaults } from './access.ts';
import { type ConfigProblem, inWords } from './problem.ts';
import { type Config, configSchema, type Settings } from './schema.ts';
import { isLoginMeant, keystoneOf, type LoginFault, loginFaults } from './sections/login.ts';
import { expectationAt, settingAt } from './settings.ts';
import type { Given } from './sources/origin.ts';

type Values = ReadonlyMap<string, Given>;

export type CheckedSettings =
  | { readonly kind: 'config'; readonly config: Config; readonly settings: Settings }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/**
 * Holds what was given against the schema, and settings against each other. `before` are the
 * problems that the sources have already: they come first, and what follows from them is not said.
 */
export function checkSettings(given: Values, before: readonly ConfigProblem[]): CheckedSettings {
  const written = nested(given);
  const result = configSchema.safeParse(written);
  const schemaProblems = (result.error?.issues ?? [])
    .flatMap((issue) => problemsOf(issue, written, given))
    .filter(isFirstOfItsKind);
  const ca = readCertificates(given);
  const problems = [
    ...before,
    ...schemaProblems,
    ...loginProblems(given, before),
    ...(result.data ? relationProblems(result.data, given) : []),
    ...ca.problems,
  ];
  if (result.data === undefined || problems.length > 0) return { kind: 'problems', problems };

  const { keystone, ...settings } = result.data;
  const login = keystoneOf(keystone, { monascaUrl: settings.monasca.url, ca: ca.text });
  const config = login ? { ...settings, keystone: login } : settings;
  return { kind: 'config', config, settings: result.data };
}

/** A text in place of a list is also a list that is too long. */
const isFirstOfItsKind = (
  problem: ConfigProblem,
  index: number,
  all: readonly ConfigProblem[],
): boolean =>
  all.findIndex(
    ({ path, given, expected }) =>
      path === problem.path && given === problem.given && expected === problem.expected,
  ) === index;

type Tree = { [key: string]: unknown };

/** `http.port` → `{ http: { port } }`. The paths are those of the schema. */
function nested(given: Values): Tree {
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

function problemsOf(issue: z.core.$ZodIssue, written: Tree, given: Values): ConfigProblem[] {
  const at = placeProblem(issue.path, given);
  if (issue.code === 'unrecognized_keys') {
    const expected = 'the name of a setting';
    return issue.keys.map((key) => ({ ...at, given: `unknown key ${key}`, expected }));
  }
  const { expects, secret } = expectationAt(issue.path, written);
  const setting = settingAt(issue.path.join('.'));
  const value = valueAt(written, issue.path) ?? setting?.default;
  const expected = issue.code === 'custom' ? issue.message : `${expects}${hint(issue, value)}`;
  return [{ ...at, ...(value === undefined ? {} : { given: inWords(value, secret) }), expected }];
}

/** YAML reads `password: 12345` as a number. */
function hint(issue: z.core.$ZodIssue, value: unknown): string {
  const isBare = typeof value === 'number' || typeof value === 'boolean';
  const isTextWanted = issue.code === 'invalid_type' && issue.expected === 'string';
  return isBare && isTextWanted ? ' (put it in quotes)' : '';
}

/** Names the place of a problem, and the setting that it is in by its variable and its origin. */
function placeProblem(
  place: readonly PropertyKey[],
  given: Values,
): Omit<ConfigProblem, 'expected'> {
  const path = place.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
  const settings = place.flatMap(
    (_, index) => settingAt(place.slice(0, index + 1).join('.')) ?? [],
  );
  const setting = settings[0];
  if (setting === undefined) return { path };
  const origin = given.get(setting.path)?.origin ?? { kind: 'default' };
  return { path, variable: setting.variables[0], origin };
}

function valueAt(value: unknown, place: readonly PropertyKey[]): unknown {
  const [step, ...rest] = place;
  if (step === undefined) return value;
  if (Array.isArray(value)) return valueAt(value[Number(step)], rest);
  return isTree(value) ? valueAt(value[String(step)], rest) : undefined;
}

/** What is missing of a login that somebody meant; nothing while the file itself is unreadable. */
function loginProblems(given: Values, before: readonly ConfigProblem[]): ConfigProblem[] {
  if (before.some(({ path, origin }) => path === undefined && origin?.kind === 'file')) return [];
  const value = (key: string) => given.get(`keystone.${key}`)?.value;
  const faults: LoginFault[] =
    given.has('monasca.url') && !isLoginMeant(value)
      ? [{ key: 'authUrl', expects: "Keystone's address, for monasca.url is given" }]
      : loginFaults(value);
  return faults
    .map(({ key, expects }) => missing(`keystone.${key}`, expects))
    .filter(({ path }) => !before.some((problem) => problem.path === path));
}

function missing(path: string, expected: string): ConfigProblem {
  const variables = settingAt(path)?.variables ?? [];
  return { path, variable: variables.join(' or '), expected };
}

/** What no section can see alone. */
function relationProblems(settings: Settings, given: Values): ConfigProblem[] {
  const { http, outbox } = settings;
  const faults = accessFaults(settings).map(
    ({ place, ...fault }): ConfigProblem => ({ ...placeProblem(place, given), ...fault }),
  );
  if (http.maxHeartbeats <= outbox.maxRecords) return faults;
  const place = placeProblem(['outbox', 'maxRecords'], given);
  const expected = 'at least http.maxHeartbeats';
  return [...faults, { ...place, given: String(outbox.maxRecords), expected }];
}

function readCertificates(given: Values): { text?: string; problems: ConfigProblem[] } {
  const file = given.get('keystone.caFile')?.value;
  if (typeof file !== 'string') return { problems: [] };
  try {
    const text = readFileSync(file, 'utf8');
    // Node passes over what it cannot read: the service would start, and trust nobody.
    new X509Certificate(text);
    return { text, problems: [] };
  } catch {
    const place = placeProblem(['keystone', 'caFile'], given);
    const expected = 'a file with certificates (PEM) that can be read';
    return { problems: [{ ...place, given: inWords(file, false), expected }] };
  }
}
