import { type Arguments, readArguments, usage } from './arguments.ts';
import { play } from './demo.ts';
import { DemoFailure } from './failure.ts';
import { painted, plain } from './screen/text.ts';
import { verdictLines } from './screen/verdict-lines.ts';
import { openFolder } from './stack/folder.ts';
import { portProblems } from './stack/ports.ts';
import { startStack } from './stack/stack.ts';
import { isSuccess } from './verdict.ts';

const { stdout, stderr } = process;

/** The exit code: 0 all arrived, 1 something is missing or broke, 2 it could not start. */
async function main(args: readonly string[]): Promise<number> {
  const read = readArguments(args);
  switch (read.kind) {
    case 'help':
      stdout.write(usage);
      return 0;
    case 'wrong':
      stderr.write(`${read.problems.join('\n')}\n\n${usage}`);
      return 2;
    case 'run': {
      const problems = await portProblems(read.arguments.ports);
      if (problems.length === 0) return run(read.arguments);
      stderr.write(`${problems.join('\n')}\n`);
      return 2;
    }
  }
}

async function run(given: Arguments): Promise<number> {
  const folder = openFolder(given.keepDataIn);
  const whereItIs = `Databases and logs are in ${folder.path}\n`;
  const end = endBySignal(whereItIs);
  let isGood = false;
  try {
    stdout.write('Starting Keystone and Monasca (mocked) and the service …\n');
    const stack = await startStack(given.ports, folder.path, folder.isKept);
    try {
      const outcome = await play(given, { stack, folder: folder.path, output: stdout, end });
      isGood = isSuccess(outcome);
      const hasColours = stdout.isTTY && stdout.hasColors();
      for (const line of verdictLines(outcome)) {
        stdout.write(`${hasColours ? painted(line, Number.POSITIVE_INFINITY) : plain(line)}\n`);
      }
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    stderr.write(`${error.message}\n`);
  }
  if (isGood) folder.discard();
  if (!isGood || folder.isKept) stdout.write(whereItIs);
  return isGood ? 0 : 1;
}

/** npm passes on a Ctrl-C that the terminal has already sent: that is one, not two. */
const sameSignalMs = 500;

/** Aborts at the first signal; a second one ends the process, and with it what it started. */
function endBySignal(lastWords: string): AbortSignal {
  const end = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = () => {
    firstAtMs ??= performance.now();
    end.abort();
    if (performance.now() - firstAtMs < sameSignalMs) return;
    stderr.write(lastWords);
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return end.signal;
}

// Whoever read this has gone: nobody is left to play to.
stdout.once('error', () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
// What hangs, after something broke, is not waited for.
setTimeout(() => process.exit(), 1_000).unref();
