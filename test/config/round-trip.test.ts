import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadConfig } from '../../service/config/load.ts';
import { formatProblems } from '../../service/config/problem.ts';
import { allSettings, type Setting } from '../../service/config/settings.ts';
import { readConfigText } from '../../service/config/sources/file.ts';
import { fileWith } from './fixture.ts';

/** Text of any kind that an environment variable can hold. */
const anyText = fc
  .string({ minLength: 1, maxLength: 40, unit: 'binary' })
  .filter((text) => text.isWellFormed() && !text.includes('\0') && text.trim() === text);
const anyUrl = fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true });

const anyQueueAddress = fc.constantFrom('amqp://rabbit', 'amqps://[::1]:5671/a%2Fb');

/** The only list there is: rules of liveness. */
const anyRule = fc.record(
  {
    name: fc.stringMatching(/^[A-Za-z*?]{1,8}$/),
    lateSeconds: fc.integer({ min: 0, max: 100 }),
    downSeconds: fc.integer({ min: 0, max: 100 }),
    expected: fc.boolean(),
  },
  { requiredKeys: ['name'], noNullPrototype: true },
);

/** Valid values of a setting, which may contradict those of other settings. */
function fitting({ path, type, expects }: Setting): fc.Arbitrary<unknown> {
  const choice = /^one of (.*)$/.exec(expects)?.[1];
  const [, min, max] = /^a whole number from (\d+) to (\d+)$/.exec(expects) ?? [];
  if (choice !== undefined) return fc.constantFrom(...choice.split(', '));
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: Number(min), max: Number(max) });
  if (type === 'number') return fc.integer({ min: -100, max: 1_000_000 }).map((n) => n / 100);
  if (type === 'structure') return fc.array(anyRule, { maxLength: 3 });
  if (path.startsWith('intake.')) return anyQueueAddress;
  if (/[uU]rl$/.test(path)) return anyUrl;
  if (path.startsWith('monasca.')) return fc.stringMatching(/^[a-z][a-z0-9 .:/|-]{0,30}$/);
  return anyText;
}

/** A text is a list in a variable, where it is read as YAML, and no list in the file. */
const settings = allSettings.filter(
  ({ path, type }) => path !== 'keystone.caFile' && type !== 'structure',
);

/** Some of the settings: those at the `required` paths, and of the others as it comes. */
function someOf(chosen: readonly Setting[], required: string[] = []) {
  const values = chosen.map((setting): [string, fc.Arbitrary<unknown>] => [
    setting.path,
    fitting(setting),
  ]);
  return fc.record(Object.fromEntries(values), { requiredKeys: required });
}

/** All combinations of valid single values, incomplete logins included. */
const anything = someOf(settings);

const keys = (...names: string[]) => names.map((name) => `keystone.${name}`);
const logins = [
  keys('authUrl', 'userId', 'password', 'projectId'),
  keys('authUrl', 'username', 'userDomainName', 'password', 'projectName', 'projectDomainId'),
  keys('authUrl', 'applicationCredentialId', 'applicationCredentialSecret'),
];
/** A whole login, the rest as it comes. */
const plausible = fc.oneof(
  ...logins.map((paths) => {
    const login = settings.filter(({ path }) => paths.includes(path));
    const others = settings.filter(({ path }) =>
      /^(log|stop|ingest|profiles\.ge|dataDir)/.test(path),
    );
    return someOf([...login, ...others], paths);
  }),
);

function asVariables(given: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    settings.flatMap(({ path, variables }) =>
      Object.hasOwn(given, path) ? [[variables[0], asText(given[path])]] : [],
    ),
  );
}

const asText = (value: unknown) => (Array.isArray(value) ? JSON.stringify(value) : String(value));

function asYaml(given: Record<string, unknown>): string {
  const lines = Object.entries(given).map(([path, value]) => [path.split('.'), value] as const);
  const root = new Map<string, unknown>();
  for (const [place, value] of lines) {
    let node = root;
    for (const step of place.slice(0, -1)) {
      const inner = node.get(step);
      const next = inner instanceof Map ? inner : new Map<string, unknown>();
      node.set(step, next);
      node = next;
    }
    node.set(place.at(-1) ?? '', value);
  }
  return stringify(root);
}

/** What was made of it, without the places where it stood. Secrets are looked into. */
function meaningOf(loaded: ReturnType<typeof loadConfig>): unknown {
  if (loaded.kind === 'problems') {
    return loaded.problems.map(({ path, given, expected }) => ({ path, given, expected }));
  }
  const login = loaded.config.keystone?.login;
  const secret = login?.kind === 'password' ? login.password : login?.secret;
  return { config: loaded.config, secret: secret?.reveal() };
}

function inBothWays(given: Record<string, unknown>) {
  return {
    inEnvironment: loadConfig({ env: asVariables(given) }),
    inFile: loadConfig({ env: {}, file: fileWith(asYaml(given)) }),
  };
}

describe('a configuration', () => {
  it('means the same in the environment and in the file', () => {
    fc.assert(
      fc.property(plausible, (given) => {
        const { inEnvironment, inFile } = inBothWays(given);
        expect(inFile.kind).toBe('config');
        expect(meaningOf(inFile)).toEqual(meaningOf(inEnvironment));
      }),
      { numRuns: 200 },
    );
  });

  it('has the same problems in the environment and in the file', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const { inEnvironment, inFile } = inBothWays(given);
        expect(meaningOf(inFile)).toEqual(meaningOf(inEnvironment));
      }),
      { numRuns: 200 },
    );
  });

  it('is read or rejected for any content of the file', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, (content) => {
        const { problems } = readConfigText(content, 'c.yaml');
        expect(formatProblems(problems)).toMatch(/^The configuration has /);
      }),
    );
  });
});
