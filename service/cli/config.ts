import { type Command, Option } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { configOption, configurationOf } from './configuration.ts';

type FileOption = { config?: string };

export function addConfigCommand(program: Command): void {
  const config = program
    .command('config')
    .description('check or show the configuration, without starting anything');

  config
    .command('check')
    .description('say everything that is wrong with the configuration; exit code 78 if anything is')
    .addOption(configOption())
    .action(async ({ config: file }: FileOption) => {
      const loaded = await configurationOf(file);
      process.stdout.write(`The configuration is valid; ${purpose(loaded)}.\n`);
    });

  config
    .command('show')
    .description('print the configuration in effect and where each value comes from, no secrets')
    .addOption(configOption())
    .addOption(new Option('--format <format>').choices(['yaml', 'json']).default('yaml'))
    .action(async ({ config: file, format }: FileOption & { format: 'yaml' | 'json' }) => {
      const { effectiveJson, effectiveYaml } = await import('../config/effective.ts');
      const render = format === 'json' ? effectiveJson : effectiveYaml;
      process.stdout.write(render(await configurationOf(file)));
    });
}

function purpose({ config }: LoadedConfig): string {
  return config.keystone
    ? `heartbeats go to Monasca, with a token from ${config.keystone.authUrl}`
    : 'no Keystone login: heartbeats are not sent to Monasca';
}
