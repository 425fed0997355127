import { type Command, Option } from 'commander';
import { effectiveJson, effectiveYaml } from '../config/effective.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { configExitCode, formatProblems } from '../config/problem.ts';

type FileOption = { config?: string };

export function addConfigCommand(program: Command): void {
  const config = program
    .command('config')
    .description('check or show the configuration, without starting anything');

  config
    .command('check')
    .description('say everything that is wrong with the configuration; exit code 78 if anything is')
    .addOption(configOption())
    .action((options: FileOption) => {
      const loaded = loadOrComplain(options);
      if (loaded) process.stdout.write(`The configuration is valid; ${purpose(loaded)}.\n`);
    });

  config
    .command('show')
    .description('print the configuration in effect and where each value comes from, no secrets')
    .addOption(configOption())
    .addOption(new Option('--format <format>').choices(['yaml', 'json']).default('yaml'))
    .action((options: FileOption & { format: 'yaml' | 'json' }) => {
      const loaded = loadOrComplain(options);
      if (!loaded) return;
      const render = options.format === 'json' ? effectiveJson : effectiveYaml;
      process.stdout.write(render(loaded));
    });
}

export function configOption(): Option {
  return new Option('--config <file>', 'YAML file; or set HEARTBEAT_CONFIG');
}

function loadOrComplain({ config }: FileOption): LoadedConfig | undefined {
  const loaded = loadConfig({ env: process.env, file: config });
  if (loaded.kind === 'config') return loaded;
  process.stderr.write(formatProblems(loaded.problems));
  process.exitCode = configExitCode;
  return undefined;
}

function purpose({ config }: LoadedConfig): string {
  return config.keystone
    ? `heartbeats go to Monasca, with a token from ${config.keystone.authUrl}`
    : 'no Keystone login: heartbeats are not sent to Monasca';
}
