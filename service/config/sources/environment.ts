import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { ConfigProblem } from '../problem.ts';
import { allSettings, type Setting } from '../settings.ts';
import type { Given } from './origin.ts';
import type { Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'HEARTBEAT_';

/** Variables of that prefix that are no settings: where the file is; what the command line reads. */
const otherVariables = ['HEARTBEAT_CONFIG', 'HEARTBEAT_URL', 'HEARTBEAT_TOKEN'];

/**
 * What our own variables say, and those that other programs share with us (`OS_*`). An empty
 * variable counts as not set, for that is how compose files and units leave one out.
 */
export function readEnvironment(everything: Environment): { own: Reading; shared: Reading } {
  const env = withoutServiceLinks(everything);
  const isOwn = (variable: string) => variable.startsWith(prefix);
  const own = readVariables(env, isOwn);
  const unknown = unknownVariables(env);
  return {
    own: { given: own.given, problems: [...own.problems, ...unknown] },
    shared: readVariables(env, (variable) => !isOwn(variable)),
  };
}

function readVariables(env: Environment, belongs: (variable: string) => boolean): Reading {
  const given = new Map<string, Given>();
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
  setting: Setting,
  variable: string,
  env: Environment,
): Given | ConfigProblem | undefined {
  const text = env[variable] || undefined;
  const fileVariable = `${variable}_FILE`;
  const file = (setting.secret && env[fileVariable]) || undefined;
  const problem = { path: setting.path, variable };

  if (text !== undefined && file !== undefined) {
    const origin = { kind: 'environment', variable: fileVariable } as const;
    return { ...problem, origin, given: `given beside ${variable}`, expected: 'one of the two' };
  }
  if (text !== undefined) {
    return { value: fromText(text, setting.type), origin: { kind: 'environment', variable } };
  }
  if (file === undefined) return undefined;

  const origin = { kind: 'environment', variable: fileVariable, file } as const;
  const content = readSecret(file);
  return content === undefined
    ? { ...problem, origin, given: 'cannot be read', expected: 'a file with the secret' }
    : { value: content, origin };
}

/** A file's text without the line end that editors add. */
function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

/** A variable's text as what the setting wants; text that does not fit stays as it is. */
function fromText(text: string, type: Setting['type']): unknown {
  const word = text.trim().toLowerCase();
  switch (type) {
    case 'text':
      return text;
    case 'boolean':
      if (['true', 'yes', 'on', '1'].includes(word)) return true;
      return ['false', 'no', 'off', '0'].includes(word) ? false : text;
    case 'whole number':
    case 'number':
      return /^[+-]?\d+(\.\d+)?$/.test(word) ? Number(word) : text;
    case 'structure':
      return fromYaml(text);
  }
}

/** Lists and the like are written in a variable as they are in the file, or as JSON. */
function fromYaml(text: string): unknown {
  try {
    // White space and comments alone are nothing, which is no list either.
    return parseYaml(text, { prettyErrors: false, logLevel: 'error' }) ?? text;
  } catch {
    return text;
  }
}

function unknownVariables(env: Environment): ConfigProblem[] {
  const known = allSettings.flatMap(({ variables, secret }) =>
    variables.flatMap((name) => (secret ? [name, `${name}_FILE`] : [name])),
  );
  return Object.entries(env)
    .filter(([variable, text]) => variable.startsWith(prefix) && text !== '' && text !== undefined)
    .map(([variable]) => variable)
    .filter((variable) => ![...known, ...otherVariables].includes(variable))
    .map((variable) => ({
      origin: { kind: 'environment', variable },
      given: 'unknown variable',
      expected: `the name of a setting${didYouMean(variable, known)}`,
    }));
}

/**
 * Kubernetes tells every container the addresses of the services beside it. One that is called
 * `heartbeat` or `heartbeat-http` gets our prefix, and even our `HEARTBEAT_HTTP_PORT`; one that is
 * called `hbtd` gets a variable that is a setting too.
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
