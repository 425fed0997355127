#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CliFailure, exitCodes } from './cli/failure.ts';
import { safeLines } from './cli/output/safe-text.ts';
import { createProgram } from './cli/program.ts';

try {
  await createProgram().parseAsync();
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
