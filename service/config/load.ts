import { parseArgs } from 'node:util';
import { checkSettings } from './check.ts';
import type { ConfigProblem } from './problem.ts';
import type { Config, Settings } from './schema.ts';
import { allSettings } from './settings.ts';
import { type Environment, readEnvironment } from './sources/environment.ts';
import { readConfigFile } from './sources/file.ts';
import { mergeLayers } from './sources/merge.ts';
import type { Given, Origin } from './sources/origin.ts';
import { readOriginalVariables } from './sources/original.ts';
import { emptyReading } from './sources/reading.ts';

export type LoadedConfig = {
  readonly kind: 'config';
  readonly config: Config;
  /** The same as it is written: Keystone's settings side by side. */
  readonly settings: Settings;
  /** Where each setting's value comes from, by path. */
  readonly sources: ReadonlyMap<string, Origin>;
};

export type ConfigProblems = {
  readonly kind: 'problems';
  readonly problems: readonly ConfigProblem[];
};

/**
 * Reads the configuration from all its sources, the strongest first: `HEARTBEAT_*` variables,
 * `OS_*` variables, those of the original service, the YAML file, the defaults. All problems are
 * found at once. The file is `file`, or `--config FILE` in `argv`, or what HEARTBEAT_CONFIG names.
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
  const options = optionsOf(argv);
  const path = file ?? options.file ?? (env['HEARTBEAT_CONFIG'] || undefined);
  const { own, shared } = readEnvironment(env);
  const fromFile = path === undefined ? emptyReading : readConfigFile(path);

  const wantsOriginal =
    mergeLayers([own.given, fromFile.given]).get('profiles.ge.env')?.value === true;
  const original = wantsOriginal ? readOriginalVariables(env) : { given: none, implied: none };
  const given = mergeLayers([
    own.given,
    shared.given,
    original.given,
    fromFile.given,
    original.implied,
  ]);

  const sourceProblems = [own, shared, fromFile].flatMap(({ problems }) => problems);
  const checked = checkSettings(given, [...options.problems, ...sourceProblems]);
  if (checked.kind === 'problems') return checked;
  const { config, settings } = checked;
  return { kind: 'config', config, settings, sources: sourcesOf(given) };
}

const none: ReadonlyMap<string, Given> = new Map();

function sourcesOf(given: ReadonlyMap<string, Given>): ReadonlyMap<string, Origin> {
  return new Map(
    allSettings.map(({ path }) => [path, given.get(path)?.origin ?? { kind: 'default' }]),
  );
}

/** The one option of a process that only runs the service. */
function optionsOf(argv: readonly string[]): { file?: string; problems: ConfigProblem[] } {
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
  return typeof values['config'] === 'string' && values['config'] !== ''
    ? { file: values['config'], problems }
    : { problems };
}
