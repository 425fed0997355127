import { parseArgs } from 'node:util';
import { defined } from '../contract/defined.ts';
import { checkSettings } from './check.ts';
import type { ConfigProblem, Origin } from './problem.ts';
import type { Config, ConfigSettings } from './schema.ts';
import { allSettings } from './settings.ts';
import { type Environment, readEnvironment } from './sources/environment.ts';
import { readConfigFile } from './sources/file.ts';
import { type ConfigNote, readHbtdVariables } from './sources/hbtd-variables.ts';
import { mergeLayers } from './sources/layers.ts';
import { readLvmbeatVariables } from './sources/lvmbeat.ts';
import { readOriginalVariables } from './sources/original.ts';

export type LoadedConfig = {
  readonly kind: 'config';
  readonly config: Config;
  /** The same values as in the file, where Keystone's settings are a flat list. */
  readonly settings: ConfigSettings;
  /** Source of each setting's value, by path. */
  readonly sources: ReadonlyMap<string, Origin>;
  /** Variables of programs that the service replaces and that have no effect. */
  readonly notes: readonly ConfigNote[];
};

type ConfigProblems = {
  readonly kind: 'problems';
  readonly problems: readonly ConfigProblem[];
};

/**
 * Reads the configuration from all its sources, the strongest first: `HEARTBEAT_*` variables,
 * variables of hbtd's image, `OS_*` variables, those of the original service, the YAML file, the
 * defaults. Returns all problems at once. The file is `file`, or `--config FILE` in `argv`, or the one that HEARTBEAT_CONFIG names.
 */
export function loadConfig({
  env,
  file,
  argv = [],
}: {
  env: Environment;
  file?: string | undefined;
  argv?: readonly string[];
}): LoadedConfig | ConfigProblems {
  const options = readArguments(argv);
  const path = file ?? options.file ?? (env['HEARTBEAT_CONFIG'] || undefined);
  const { own, shared } = readEnvironment(env);
  const fromFile = path === undefined ? nothing : readConfigFile(path);
  const profiles = mergeLayers([own.given, fromFile.given]);
  const isTrue = (path: string) => profiles.get(path)?.value === true;
  const original = readOriginalVariables(isTrue('profiles.ge.env') ? env : {});
  const hbtd = readHbtdVariables(env, {
    isEnabled: isTrue('profiles.hbtd.enabled'),
    isImage: isTrue('profiles.hbtd.env'),
  });
  const given = mergeLayers([
    ...[own.given, hbtd.given, shared.given, original.given],
    readLvmbeatVariables(isTrue('profiles.lvmbeat.env') ? env : {}),
    ...[fromFile.given, original.implied],
  ]);

  const sourceProblems = [own, shared, fromFile].flatMap(({ problems }) => problems);
  const checked = checkSettings(given, [...options.problems, ...sourceProblems]);
  if (checked.kind === 'problems') return checked;
  const sources = new Map(
    allSettings.map(({ path }): [string, Origin] => [
      path,
      given.get(path)?.origin ?? { kind: 'default' },
    ]),
  );
  return { ...checked, sources, notes: hbtd.notes };
}

const nothing = { given: new Map(), problems: [] };

/** `--config FILE` is the only argument of a process that runs the service. */
function readArguments(argv: readonly string[]): { file?: string; problems: ConfigProblem[] } {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' } },
    strict: false,
    tokens: true,
  });
  const expected = 'nothing but --config FILE';
  const problems = tokens.flatMap((token): ConfigProblem[] => {
    if (token.kind === 'positional') {
      return [{ given: `the argument ${JSON.stringify(token.value)}`, expected }];
    }
    if (token.kind !== 'option' || (token.name === 'config' && token.value)) return [];
    return [{ given: `the option ${token.rawName}`, expected }];
  });
  const { config } = values;
  return defined({ file: typeof config === 'string' && config ? config : undefined, problems });
}
