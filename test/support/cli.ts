import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';

const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));

/** As the launcher has it: what was compiled once need not be again. */
const compileCache = fileURLToPath(
  new URL('../../node_modules/.cache/ge-heartbeat', import.meta.url),
);

export type CliRun = { readonly code: number | null; readonly out: string; readonly err: string };

/** A command that runs, and what it has printed so far. */
export type CliProcess = {
  out(): string;
  err(): string;
  kill(signal: NodeJS.Signals): void;
  /** On its keyboard, if it has one. */
  type(text: string): void;
  readonly done: Promise<CliRun>;
};

const running = new Set<CliProcess>();
afterAll(() => {
  for (const process of running) process.kill('SIGKILL');
});

/** Runs `ge-heartbeat` as a process of its own, with this environment and no other. */
export function startCli(
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): CliProcess {
  return start(process.execPath, [cli, ...args], env, input);
}

export const runCli = (
  args: readonly string[],
  env: Record<string, string> = {},
  input?: string,
): Promise<CliRun> => startCli(args, env, input).done;

/** The same on a terminal that is so wide. What is printed comes with the terminal's line ends. */
export function startOnTerminal(
  args: readonly string[],
  env: Record<string, string> = {},
  columns = 100,
): CliProcess {
  const words = [process.execPath, cli, ...args].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const command = `stty cols ${columns} rows 40; exec ${words.join(' ')}`;
  const place = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    SHELL: '/bin/sh',
  };
  return start('script', ['-qec', command, '/dev/null'], { ...place, ...env }, undefined);
}

export const runOnTerminal = (
  args: readonly string[],
  env: Record<string, string> = {},
  columns?: number,
): Promise<CliRun> => startOnTerminal(args, env, columns).done;

function start(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  input: string | undefined,
): CliProcess {
  const child = spawn(program, args, { env: { NODE_COMPILE_CACHE: compileCache, ...env } });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const started: CliProcess = {
    out: () => out,
    err: () => err,
    type: (text) => void child.stdin.write(text),
    kill: (signal) => void child.kill(signal),
    done: new Promise((resolve) => {
      child.once('close', (code) => {
        running.delete(started);
        resolve({ code, out, err });
      });
    }),
  };
  running.add(started);
  return started;
}
