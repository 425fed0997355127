import { addAgentCommand } from './agent.ts';
import { addBackupCommands } from './backup.ts';
import { CliCommand } from './command.ts';
import { addActiveCommand } from './commands/active.ts';
import { addComponentCommands } from './commands/components.ts';
import { addDeadLettersCommand } from './commands/dead-letters.ts';
import { addEventsCommand } from './commands/events.ts';
import { addHealthCommand } from './commands/health.ts';
import { addInstanceCommands } from './commands/instance.ts';
import { addInstancesCommand } from './commands/instances.ts';
import { addNotifyCommand } from './commands/notify.ts';
import { addParamsCommand } from './commands/params.ts';
import { addRecordCommands } from './commands/records.ts';
import { addSilenceCommand } from './commands/silences.ts';
import { addTokenCommand } from './commands/tokens.ts';
import { withCommonOptions } from './common-options.ts';
import { addCompleteCommand } from './completion.ts';
import { addConfigCommand, configOption } from './config.ts';
import { addRelaysCommand } from './relays.ts';

/** `ge-heartbeat`: runs the service, and operates it from a terminal. */
export function createProgram(): CliCommand {
  const program = withCommonOptions(new CliCommand('ge-heartbeat'));
  addServeCommand(program);
  addAgentCommand(program);
  addConfigCommand(program);
  addBackupCommands(program);
  addActiveCommand(program);
  addComponentCommands(program);
  addInstancesCommand(program);
  addEventsCommand(program);
  addRecordCommands(program);
  addInstanceCommands(program);
  addSilenceCommand(program);
  addRelaysCommand(program);
  addParamsCommand(program);
  addDeadLettersCommand(program);
  addNotifyCommand(program);
  addHealthCommand(program);
  addTokenCommand(program);
  addCompleteCommand(program);
  return program;
}

function addServeCommand(program: CliCommand): void {
  program
    .command('serve')
    .description('run the service')
    .addOption(configOption())
    .action(async ({ config }: { config?: string }) => {
      // Other commands need neither the store nor the server.
      const { run } = await import('../run.ts');
      await run(config === undefined ? [] : ['--config', config]);
    });
}
