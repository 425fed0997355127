import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import type { CliCommand } from './command.ts';
import { CliFailure, exitCodes } from './failure.ts';

type FileOption = { config?: string };

export const configOption = (): Option =>
  new Option('--config <file>', 'configuration file (YAML); default: HEARTBEAT_CONFIG');

/**
 * The configuration as the service loads it; throws a `CliFailure` with all its problems. The schema
 * takes half of the start of the command, and most commands do not need it: it is loaded here.
 */
export async function loadConfiguration(file: string | undefined): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.ts');
  const loaded = loadConfig({ env: process.env, file });
  if (loaded.kind === 'config') return loaded;
  const { formatProblems } = await import('../config/problem.ts');
  throw new CliFailure(exitCodes.configuration, formatProblems(loaded.problems).trimEnd());
}

export function addConfigCommand(program: CliCommand): void {
  const config = program
    .command('config')
    .description('check, print or import the configuration, without starting the service');

  config
    .command('check')
    .description('report all problems of the configuration; exit code 78 if there are any')
    .addOption(configOption())
    .action(async ({ config: file }: FileOption) => {
      const loaded = await loadConfiguration(file);
      process.stdout.write(`The configuration is valid; ${describeMonasca(loaded)}.\n`);
      for (const { variable, reason } of loaded.notes) {
        process.stdout.write(`${variable} has no effect: ${reason}.\n`);
      }
    });

  config
    .command('show')
    .description('print the configuration in effect and the source of each value, without secrets')
    .addOption(configOption())
    .addOption(
      new Option('--format <format>', 'output format').choices(['yaml', 'json']).default('yaml'),
    )
    .action(async ({ config: file, format }: FileOption & { format: 'yaml' | 'json' }) => {
      const { effectiveJson, effectiveYaml } = await import('../config/effective.ts');
      const render = format === 'json' ? effectiveJson : effectiveYaml;
      process.stdout.write(render(await loadConfiguration(file)));
    });
  addImportCommands(config);
}

/** Settings made of the configuration of another program. */
function addImportCommands(config: CliCommand): void {
  const imports = config
    .command('import')
    .description("print settings made of another program's configuration");
  imports
    .command('lvmbeat')
    .description('actor, relays and monitor of a configuration file of lvmbeat')
    .argument('<file>', 'YAML file')
    .action(async (file: string) => {
      const { parse } = await import('yaml');
      const { importLvmbeat } = await import('../profiles/lvmbeat/import.ts');
      const imported = importLvmbeat(await readYaml(file, parse));
      if (imported.kind === 'problems') {
        throw new CliFailure(exitCodes.configuration, imported.problems.join('\n'));
      }
      process.stdout.write(imported.yaml);
    });
  imports
    .command('neelix')
    .description('patterns and notifiers of a configuration file of neelix (ps.herald)')
    .argument('<file>', 'INI file')
    .action(async (file: string) => {
      const { importNeelix, UnreadableNeelixFile } = await import('../config/import-neelix.ts');
      try {
        const { yaml, notes } = importNeelix(await readFile(file, 'utf8'));
        process.stdout.write([...notes.map((note) => `# ${note}\n`), yaml].join(''));
      } catch (error) {
        if (!(error instanceof UnreadableNeelixFile)) throw error;
        throw new CliFailure(exitCodes.configuration, error.message);
      }
    });
}

async function readYaml(file: string, parse: (text: string) => unknown): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CliFailure(exitCodes.configuration, `${file} cannot be read: ${detail}`);
  }
}

const describeMonasca = ({ config: { keystone } }: LoadedConfig): string =>
  keystone
    ? `heartbeats go to Monasca, with a token from ${keystone.authUrl}`
    : 'no Keystone login: heartbeats are not sent to Monasca';
