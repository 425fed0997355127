import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onCore } from './cores.ts';

/** A process that the bench started, with a folder of its own; its output goes to a file there. */
export type Child = {
  readonly pid: number;
  readonly folder: string;
  /** The end of what it printed. */
  output(): string;
  exited(): boolean;
  /** Asks it to end, and ends it by force after `patienceMs`; its folder stays. */
  stop(signal?: 'SIGTERM' | 'SIGKILL', patienceMs?: number): Promise<void>;
};

const running = new Set<ChildProcess>();
const folders = new Set<string>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Makes a folder that is gone when the bench ends, at the latest. */
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

/** Starts `node ...args`. The caller's own settings of the service are kept from it. */
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
    async stop(signal = 'SIGTERM', patienceMs = 20_000) {
      if (exited()) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await Promise.race([gone, delay(patienceMs, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HEARTBEAT|OS)_/.test(name)),
  );
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
