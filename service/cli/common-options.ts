import type { Command } from 'commander';
import { packageVersion } from '../runtime/package.ts';
import { exitCodeMeanings } from './failure.ts';
import { exitOnWriteError } from './output/screen.ts';

const exitCodeLines = Object.entries(exitCodeMeanings)
  .map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`)
  .join('\n');

/** Commands that continue if their log is not read; for others printing is all they do. */
const daemons: ReadonlySet<string> = new Set(['serve', 'agent']);

/** What all commands have in common. */
export function withCommonOptions<Program extends Command>(program: Program): Program {
  program
    .description(
      'Run and operate GE Heartbeat, which reports running components, versions and instances.',
    )
    .version(packageVersion(), '--version')
    .showHelpAfterError('(--help lists commands and options)')
    // Commands have an option --version of their own, which filters by component version.
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${exitCodeLines}`);
  program.hook('preAction', (_, command) => {
    if (!daemons.has(command.name())) exitOnWriteError(process.stdout);
  });
  return program;
}
