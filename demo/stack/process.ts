import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export type StartedProcess = ReturnType<typeof startProcess>;

/** A message for the user of the demo, without a stack trace, because it is not a bug. */
export class DemoFailure extends Error {}

const lastLines = 10;

/**
 * Starts `node program`, which messages call `name`, and writes what it prints to its log file.
 *
 * It has a process group of its own: only the demo gets a Ctrl-C in the terminal, and ends the
 * process by its id, at the latest when the demo itself exits.
 */
export function startProcess(
  name: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  logFile: string,
) {
  const child = spawn(process.execPath, [program, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  const lines: string[] = [];
  const output = new EventEmitter<{ line: [string] }>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      appendFileSync(logFile, `${line}\n`);
      if (lines.push(line) > lastLines) lines.shift();
      output.emit('line', line);
    });
  }
  const failure = (what: string) => {
    const printed = lines.length === 0 ? 'nothing' : lines.map((line) => `\n  ${line}`).join('');
    return new DemoFailure(`${name} ${what}. Its last lines, from ${logFile}: ${printed}`);
  };

  let isStopping = false;
  const ended = once(child, 'close').catch(() => {});
  const died = ended.then((): Promise<never> => {
    process.off('exit', kill);
    if (isStopping) return new Promise(() => {});
    throw failure(`ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`);
  });
  // A rejection without a listener would end the demo.
  died.catch(() => {});

  return {
    pid: child.pid ?? 0,
    /** Rejects if the process ends before `stop`; never resolves. */
    died,
    onLine: (listener: (line: string) => void) => void output.on('line', listener),
    /** Returns the group of a pattern from the first line that matches; rejects without one. */
    waitFor(pattern: RegExp, withinMs = 60_000): Promise<string> {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      output.on('line', (line) => {
        const [, found] = pattern.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
      setTimeout(() => reject(failure(`is not ready after ${withinMs} ms`)), withinMs).unref();
      return Promise.race([promise, died]);
    },
    /** Sends SIGTERM, and SIGKILL if the process takes longer than this. */
    async stop(withinMs = 15_000): Promise<void> {
      isStopping = true;
      child.kill('SIGTERM');
      await Promise.race([ended, delay(withinMs, undefined, { ref: false })]);
      kill();
      await ended;
    },
  };
}
