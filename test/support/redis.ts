import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findProgram } from './programs.ts';
import { freePort } from './test-server.ts';
import { until } from './until.ts';

export type RedisServer = {
  readonly url: string;
  readonly port: number;
  /** Runs a command over a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  hash(key: string): Promise<Record<string, string>>;
  /** Keys that match a pattern, sorted. */
  keys(pattern?: string): Promise<string[]>;
  /** Values of all keys of strings. */
  strings(pattern?: string): Promise<Record<string, string>>;
  /** The `field` of each message of a stream. */
  messages(stream: string, field: string): Promise<string[]>;
  freeze(): void;
  thaw(): void;
  /** Ends it with SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Starts it again, with the data that it had on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const program = 'redis-server';
export const redisPrograms = [program];

type Settings = {
  /** Options of redis-server, in addition to a port, a folder and a file that is synced always. */
  readonly options?: readonly string[];
  /** Login of `command` and the other readers. */
  readonly login?: { username?: string; password: string };
};

/** A real Redis on a free port of 127.0.0.1, in a temporary folder. */
export async function startRedis({ options = [], login }: Settings = {}): Promise<RedisServer> {
  const port = await freePort();
  // Not `temporaryFolder`, which a hook removes after each test.
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const connect = () =>
    new Redis({
      ...{ host: '127.0.0.1', port, ...login },
      ...{ lazyConnect: true, retryStrategy: () => null, disconnectTimeout: 100 },
    });

  async function ask<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = connect();
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await use(client);
    } finally {
      client.disconnect();
    }
  }

  async function run(): Promise<ChildProcess> {
    const started = spawn(
      findProgram(program) ?? program,
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'always'],
        ...options,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    }
    await until(() => {
      if (started.exitCode !== null) throw new Error(`${program} ended: ${output}`);
      return ask((client) => client.ping()).then(
        () => true,
        () => false,
      );
    });
    return started;
  }

  let child: ChildProcess | undefined = await run();
  const kill = async () => {
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    child = undefined;
    await gone;
  };
  const keys = (pattern = '*') => ask(async (client) => (await client.keys(pattern)).toSorted());

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command: (name, ...args) => ask((client) => client.call(name, ...args)),
    hash: (key) => ask((client) => client.hgetall(key)),
    keys,
    async strings(pattern) {
      const names = await keys(pattern);
      const values = await ask((client) => Promise.all(names.map((name) => client.get(name))));
      return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
    },
    messages: (stream, field) =>
      ask(async (client) =>
        (await client.xrange(stream, '-', '+')).map(
          ([, fields]) => fields[fields.indexOf(field) + 1] ?? '',
        ),
      ),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill,
    async restart() {
      await kill();
      child = await run();
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
