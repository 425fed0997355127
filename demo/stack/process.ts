import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoFailure } from '../failure.ts';

export type ProcessOptions = {
  /** What it is called when the demo speaks of it. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
};

export type StartedProcess = {
  readonly pid: number;
  /** What `read` finds in the first line in which it finds something; rejects where none comes. */
  waitFor(read: (line: string) => string | undefined, withinMs: number): Promise<string>;
  onLine(listener: (line: string) => void): void;
  /** Rejects when the process ends without having been told to; never resolves. */
  readonly died: Promise<never>;
  /** Asks it to end, and ends it by force where it takes longer. */
  stop(patienceMs: number): Promise<void>;
};

const lastLines = 10;

/**
 * Starts `node program` as an operator would. What it prints goes to its log file line by line.
 *
 * It is in a process group of its own: a Ctrl-C in the terminal is the demo's to act on, and the
 * demo ends it by its id, at the latest when it ends itself.
 */
export function startProcess(options: ProcessOptions): StartedProcess {
  const { name, program, args, env, logFile } = options;
  const child = spawn(process.execPath, [program, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endByForce = () => child.kill('SIGKILL');
  process.once('exit', endByForce);

  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      appendFileSync(logFile, `${line}\n`);
      if (lines.push(line) > lastLines) lines.shift();
      for (const listener of listeners) listener(line);
    });
  }

  let isToldToEnd = false;
  const ended = once(child, 'close').then(
    () => `with ${child.signalCode ?? `exit code ${child.exitCode}`}`,
    (error: unknown) => `with ${String(error)}`,
  );
  const died = ended.then((how): Promise<never> => {
    process.off('exit', endByForce);
    if (isToldToEnd) return new Promise(() => {});
    throw new DemoFailure(`${name} ended ${how}. ${epitaph(lines, logFile)}`);
  });
  // Whoever waits for it learns of it; nobody has to.
  died.catch(() => {});

  return {
    pid: child.pid ?? 0,
    died,
    onLine: (listener) => void listeners.add(listener),
    waitFor(read, withinMs) {
      const { promise, resolve } = Promise.withResolvers<string>();
      const listener = (line: string) => {
        const found = read(line);
        if (found !== undefined) resolve(found);
      };
      listeners.add(listener);
      const tooLate = delay(withinMs, undefined, { ref: false }).then(() => {
        const seconds = Math.round(withinMs / 1_000);
        throw new DemoFailure(
          `${name} is not ready after ${seconds} s. ${epitaph(lines, logFile)}`,
        );
      });
      return Promise.race([promise, died, tooLate]).finally(() => listeners.delete(listener));
    },
    async stop(patienceMs) {
      isToldToEnd = true;
      child.kill('SIGTERM');
      await Promise.race([ended, delay(patienceMs, undefined, { ref: false })]);
      endByForce();
      await ended;
    },
  };
}

const epitaph = (lines: readonly string[], logFile: string): string =>
  lines.length === 0
    ? `It printed nothing to ${logFile}.`
    : `Its last lines, from ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
