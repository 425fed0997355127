import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { ConfigProblem } from '../problem.ts';
import { allSettings, type Setting } from '../settings.ts';
import type { ConfigSource, GivenValue } from './layers.ts';
import { didYouMean } from './suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'HEARTBEAT_';

/**
 * Variables with the prefix that are not settings: the configuration file, the command line, and the
 * variables of the emitter and of Grafana, which often share a file with the settings.
 */
const otherVariables = [
  ...['CONFIG', 'URL', 'TOKEN', 'TOKEN_FILE'],
  ...['INSTANCE', 'INTERVAL', 'TIMEOUT', 'JITTER', 'CHECK', 'STATE_DIR', 'SPOOL_MAX', 'TEST_ROOT'],
  ...['CA_FILE', 'CERT_FILE', 'KEY_FILE', 'METADATA_URL', 'UPDATE_KEY', 'UPDATE_URL'],
  ...['API_URL', 'API_TOKEN', 'ALERT_ADDRESSES'],
].map((name) => prefix + name);

/**
 * Values of our own variables, and of variables that other programs share with us (`OS_*`). An empty
 * variable counts as not set, because compose files and units leave one out in that way.
 */
export function readEnvironment(all: Environment): { own: ConfigSource; shared: ConfigSource } {
  const env = withoutServiceLinks(all);
  const isOwn = (variable: string) => variable.startsWith(prefix);
  const { given, problems } = readVariables(env, isOwn);
  return {
    own: { given, problems: [...problems, ...unknownVariables(env)] },
    shared: readVariables(env, (variable) => !isOwn(variable)),
  };
}

function readVariables(env: Environment, belongs: (variable: string) => boolean): ConfigSource {
  const given = new Map<string, GivenValue>();
  const problems: ConfigProblem[] = [];
  for (const setting of allSettings) {
    for (const variable of setting.variables.filter(belongs)) {
      const found = readVariable(setting, variable, env);
      if (found === undefined) continue;
      if ('expected' in found) problems.push(found);
      else given.set(setting.path, found);
      break;
    }
  }
  return { given, problems };
}

/** The value of a variable or, for a secret, of the file that the variable with `_FILE` names. */
function readVariable(
  { path, type, secret }: Setting,
  variable: string,
  env: Environment,
): GivenValue | ConfigProblem | undefined {
  const text = env[variable] || undefined;
  const fileVariable = `${variable}_FILE`;
  const file = (secret && env[fileVariable]) || undefined;
  if (file === undefined) {
    const origin = { kind: 'environment', variable } as const;
    return text === undefined ? undefined : { value: parseValue(text, type), origin };
  }
  const origin = { kind: 'environment', variable: fileVariable } as const;
  if (text !== undefined) {
    const given = `given beside ${variable}`;
    return { path, variable, origin, given, expected: 'one of the two' };
  }
  try {
    // Editors end a file with a line end.
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return { value, origin: { ...origin, file } };
  } catch {
    const expected = 'a file with the secret';
    return { path, variable, origin: { ...origin, file }, given: 'cannot be read', expected };
  }
}

/** Text that does not fit the type is returned as it is: the schema rejects it. */
function parseValue(text: string, type: Setting['type']): unknown {
  const word = text.trim().toLowerCase();
  switch (type) {
    case 'text':
      return text;
    case 'boolean':
      if (['true', 'yes', 'on', '1'].includes(word)) return true;
      return ['false', 'no', 'off', '0'].includes(word) ? false : text;
    case 'integer':
    case 'number':
      return /^[+-]?\d+(\.\d+)?$/.test(word) ? Number(word) : text;
    case 'structure':
      try {
        // White space and comments alone are null in YAML, which is not a list either.
        return parseYaml(text, { prettyErrors: false, logLevel: 'error' }) ?? text;
      } catch {
        return text;
      }
  }
}

function unknownVariables(env: Environment): ConfigProblem[] {
  const known = allSettings.flatMap(({ variables, secret }) =>
    variables.flatMap((name) => (secret ? [name, `${name}_FILE`] : [name])),
  );
  return Object.keys(env)
    .filter((variable) => variable.startsWith(prefix) && env[variable])
    .filter((variable) => ![...known, ...otherVariables].includes(variable))
    .map((variable) => ({
      origin: { kind: 'environment', variable },
      given: 'unknown variable',
      expected: `the name of a setting${didYouMean(variable, known)}`,
    }));
}

/**
 * Kubernetes sets variables with the addresses of neighbouring services in every container. Those
 * of a service `heartbeat` or `heartbeat-http` have our prefix, and `HEARTBEAT_HTTP_PORT` is even
 * the name of a setting; so is `HBTD_PORT` of a service `hbtd`.
 */
function withoutServiceLinks(env: Environment): Environment {
  const isLink = ([variable, text = '']: [string, string | undefined]) =>
    /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(variable) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(variable) ||
    (variable.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text));
  const isNear = (variable: string) => variable.startsWith(prefix) || variable === 'HBTD_PORT';
  return Object.fromEntries(
    Object.entries(env).filter((entry) => !isNear(entry[0]) || !isLink(entry)),
  );
}
