import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onCore } from '../machine/cores.ts';

/** A process that the bench started, with a folder of its own that also has its output. */
export type Child = {
  readonly pid: number;
  readonly folder: string;
  /** Last 2,000 characters that it printed. */
  output(): string;
  exited(): boolean;
  /** Sends the signal, and SIGKILL after 20 seconds. Does not remove the folder. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
};

const stopTimeoutMs = 20_000;

const running = new Set<ChildProcess>();
const folders = new Set<string>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Makes a folder, which is removed when the bench ends. */
export function makeFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'heartbeat-bench-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

export type ChildOptions = {
  readonly folder: string;
  readonly core: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node than the one that runs the bench. */
  readonly node?: string | undefined;
};

/** Starts `node ...args`. It does not inherit settings of the service. */
export function startNode(args: readonly string[], options: ChildOptions): Child {
  const { folder, core, env = {}, node = process.execPath } = options;
  const log = join(folder, 'output.log');
  const descriptor = openSync(log, 'a');
  const [command = '', ...rest] = onCore(core, [node, ...args]);
  const child = spawn(command, rest, {
    stdio: ['ignore', descriptor, descriptor],
    env: { ...inheritedEnvironment(), ...env },
  });
  closeSync(descriptor);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const exited = () => child.exitCode !== null || child.signalCode !== null;

  return {
    pid: child.pid ?? 0,
    folder,
    exited,
    output: () => (existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''),
    async stop(signal = 'SIGTERM') {
      if (exited()) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await Promise.race([exit, delay(stopTimeoutMs, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HEARTBEAT|OS)_/.test(name)),
  );
}

/** Runs `node ...args` to its end and returns what it printed; rejects if it fails. */
export function nodeOutput(args: readonly string[], core: number | undefined): Promise<string> {
  const [command = '', ...rest] = onCore(core, [process.execPath, ...args]);
  return new Promise((resolve, reject) => {
    execFile(command, rest, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}

/** Returns a port of 127.0.0.1 that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
