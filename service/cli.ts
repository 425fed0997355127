#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addBackupCommands } from './cli/backup.ts';
import { addConfigCommand } from './cli/config.ts';
import { addServeCommand } from './cli/serve.ts';
import { packageVersion } from './runtime/version.ts';

/** `ge-heartbeat`: the service and everything that is done with it from a terminal. */
const program = new Command('ge-heartbeat')
  .description('Which components are alive, in how many instances and versions.')
  .version(packageVersion(), '--version')
  .showHelpAfterError('(ge-heartbeat --help lists the commands)')
  .exitOverride();

addServeCommand(program);
addConfigCommand(program);
addBackupCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed what is wrong; 64 is `EX_USAGE` of sysexits.
  process.exitCode = error.exitCode === 0 ? 0 : 64;
}
