import type { Command } from 'commander';
import { configOption } from './configuration.ts';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the service')
    .addOption(configOption())
    .action(async ({ config }: { config?: string }) => {
      // Not before it is asked for: the other commands need neither a store nor a server.
      const { run } = await import('../run.ts');
      await run(config === undefined ? [] : ['--config', config]);
    });
}
