import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { RequestError } from 'got';
import { type Arguments, readArguments } from './arguments.ts';
import { runDemo } from './demo.ts';
import { introduction } from './introduction.ts';
import { portProblem } from './stack/port.ts';
import { DemoFailure } from './stack/process.ts';
import { startStack } from './stack/stack.ts';
import { isSuccess } from './verdict.ts';
import { describeOutcome } from './verdict-text.ts';

const { stdout, stderr } = process;

/** npm repeats a Ctrl-C that the terminal has already sent: within this time they are one. */
const sameSignalMs = 500;

/** The exit code: 0 success, 1 something is missing or failed, 2 the demo could not start. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const given = readArguments(args);
    const problem = await portProblem(given.port);
    if (problem === undefined) return await run(given);
    stderr.write(`${problem}\n`);
    return 2;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

async function run(given: Arguments): Promise<number> {
  const isKept = given.keepData !== undefined;
  const folder = resolve(given.keepData ?? mkdtempSync(join(tmpdir(), 'ge-heartbeat-demo-')));
  mkdirSync(folder, { recursive: true });
  const end = abortOnSignal();
  let isGood = false;
  try {
    stdout.write('Starting the service, a mock of Keystone and Monasca, and a receiver …\n');
    const stack = await startStack(given.port, folder, isKept);
    try {
      stdout.write(introduction(given, stack, folder));
      const outcome = await runDemo(given, stack, stdout, end);
      stdout.write(describeOutcome(outcome));
      isGood = isSuccess(outcome);
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (!(error instanceof DemoFailure || error instanceof RequestError)) throw error;
    stderr.write(`${error.message}\n`);
  }
  if (isGood && !isKept) rmSync(folder, { recursive: true, force: true });
  else stdout.write(`Databases and logs are in ${folder}\n`);
  return isGood ? 0 : 1;
}

/** Aborts at the first signal; a second one ends the demo and its processes at once. */
function abortOnSignal(): AbortSignal {
  const end = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = () => {
    firstAtMs ??= performance.now();
    end.abort();
    if (performance.now() - firstAtMs >= sameSignalMs) process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return end.signal;
}

// The reader of a pipe has closed it.
stdout.once('error', () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
// After a failure a pending request must not keep the demo running.
setTimeout(() => process.exit(), 1_000).unref();
