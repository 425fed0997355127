import { packageVersion } from '../runtime/package.ts';
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
import { addCompleteCommand } from './completion.ts';
import { addConfigCommand, configOption } from './config.ts';
import { exitCodeMeanings } from './failure.ts';
import { exitOnWriteError } from './output/screen.ts';
import { addRelaysCommand } from './relays.ts';

const exitCodeLines = Object.entries(exitCodeMeanings)
  .map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`)
  .join('\n');

/** `ge-heartbeat`: runs the service, and operates it from a terminal. */
export function createProgram(): CliCommand {
  const program = new CliCommand('ge-heartbeat')
    .description(
      'Run and operate GE Heartbeat, which reports running components, versions and instances.',
    )
    .version(packageVersion(), '--version')
    .showHelpAfterError('(--help lists commands and options)')
    // Commands have an option --version of their own, which filters by component version.
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${exitCodeLines}`);
  // The service continues if its log is not read; for other commands printing is all they do.
  program.hook('preAction', (_, command) => {
    if (command.name() !== 'serve') exitOnWriteError(process.stdout);
  });
  addServeCommand(program);
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
