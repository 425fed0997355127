#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CliFailure, exitCodes } from './cli/failure.ts';
import { safeLines } from './cli/output/safe-text.ts';

try {
  const isAgent = process.argv[2] === 'agent';
  const program = isAgent
    ? (await import('./cli/agent.ts')).createAgentProgram()
    : (await import('./cli/program.ts')).createProgram();
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed what is wrong.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  } else if (error instanceof CliFailure) {
    const { message, hint, exitCode } = error;
    process.stderr.write(safeLines(`${message}\n${hint === undefined ? '' : `${hint}\n`}`));
    process.exitCode = exitCode;
  } else {
    throw error;
  }
}
