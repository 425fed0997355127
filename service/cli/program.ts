import { Command } from 'commander';
import { packageVersion } from '../runtime/version.ts';
import { addBackupCommands } from './backup.ts';
import { addActiveCommand } from './commands/active.ts';
import { addComponentCommands } from './commands/components.ts';
import { addDeadLettersCommand } from './commands/dead-letters.ts';
import { addEventsCommand } from './commands/events.ts';
import { addHealthCommand } from './commands/health.ts';
import { addInstanceCommands } from './commands/instance.ts';
import { addInstancesCommand } from './commands/instances.ts';
import { addNotifyCommand } from './commands/notify.ts';
import { addParamsCommand } from './commands/params.ts';
import { addSilenceCommand } from './commands/silences.ts';
import { addTokenCommand } from './commands/tokens.ts';
import { addCompleteCommand } from './completion.ts';
import { addConfigCommand } from './config.ts';
import { exitCodeMeanings } from './failure.ts';
import { endWith } from './output/screen.ts';
import { addServeCommand } from './serve.ts';

const exitCodeLines = Object.entries(exitCodeMeanings)
  .map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`)
  .join('\n');

/** `ge-heartbeat`: the service and everything that is done with it from a terminal. */
export function createProgram(): Command {
  const program = new Command('ge-heartbeat')
    .description('Which components are alive, in how many instances and versions.')
    .version(packageVersion(), '--version')
    .showHelpAfterError('(add --help for what there is)')
    // A command has a --version of its own, which is that of a component.
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${exitCodeLines}`);
  // The service goes on when nobody reads its log; a command that prints has nothing else to do.
  program.hook('preAction', (_, command) => {
    if (command.name() !== 'serve') endWith(process.stdout);
  });
  addServeCommand(program);
  addConfigCommand(program);
  addBackupCommands(program);
  addActiveCommand(program);
  addComponentCommands(program);
  addInstancesCommand(program);
  addEventsCommand(program);
  addInstanceCommands(program);
  addSilenceCommand(program);
  addParamsCommand(program);
  addDeadLettersCommand(program);
  addNotifyCommand(program);
  addHealthCommand(program);
  addTokenCommand(program);
  addCompleteCommand(program);
  return program;
}
