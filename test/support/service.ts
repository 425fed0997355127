import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { startApp } from '../../service/app.ts';
import { loadConfig } from '../../service/config/load.ts';
import { formatProblems } from '../../service/config/problem.ts';
import type { Clock } from '../../service/runtime/clock.ts';
import { createRecordedLog, type LogLine } from './recorded-log.ts';

/** Environment variables, in addition to a free port of 127.0.0.1 and a new folder. */
export type Settings = Readonly<Record<string, string>>;

export type LocalService = {
  readonly url: string;
  readonly port: number;
  /** Port of the hbtd profile; NaN when it is disabled. */
  readonly hbtdPort: number;
  /** Port of the lvmbeat profile; NaN when it is disabled. */
  readonly lvmbeatPort: number;
  /** Port of the herald profile; NaN when it is disabled. */
  readonly heraldPort: number;
  readonly dataDir: string;
  readonly lines: readonly LogLine[];
  /** Stops it, and removes its data unless the settings name the folder. */
  stop(): Promise<void>;
};

/** The whole service in this process. */
export async function startService(settings: Settings = {}, clock?: Clock): Promise<LocalService> {
  const { env, dataDir, removeData } = prepare(settings);
  const loaded = loadConfig({ env });
  if (loaded.kind === 'problems') throw new Error(formatProblems(loaded.problems));
  const { log, lines } = createRecordedLog();
  const app = await startApp(loaded.config, log, clock);
  let stopped: Promise<void> | undefined;

  return {
    url: app.url,
    port: Number(new URL(app.url).port),
    hbtdPort: app.hbtdPort ?? Number.NaN,
    lvmbeatPort: app.lvmbeatPort ?? Number.NaN,
    heraldPort: app.heraldPort ?? Number.NaN,
    dataDir,
    lines,
    stop() {
      stopped ??= app.stop().then(removeData);
      return stopped;
    },
  };
}

/** How a process ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type SpawnedService = {
  readonly url: string;
  readonly port: number;
  /** Port of the hbtd profile; NaN when it is disabled. */
  readonly hbtdPort: number;
  /** Port of the lvmbeat profile; NaN when it is disabled. */
  readonly lvmbeatPort: number;
  /** Port of the herald profile; NaN when it is disabled. */
  readonly heraldPort: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Lines of the log so far; a line that is not JSON has the level `text`. */
  readonly lines: readonly LogLine[];
  readonly exited: Promise<Ending>;
  /** Stops it with SIGTERM, after 30 s with SIGKILL. Removes its data as `kill` does. */
  stop(): Promise<Ending>;
  /** Ends it with SIGKILL, as a crash. Keeps data in a folder that the settings name. */
  kill(): Promise<Ending>;
};

/** The whole service as a process; resolves when it listens, rejects when it ends before. */
export async function spawnService(settings: Settings = {}): Promise<SpawnedService> {
  const started = launchService(settings);
  const { child, lines, exited } = started;
  const listening = new Promise<string>((resolve) => {
    started.onLine(({ msg, url }) => {
      if (msg === 'listening' && typeof url === 'string') resolve(url);
    });
  });
  const url = await Promise.race([listening, exited]);
  if (typeof url !== 'string') {
    started.removeData();
    throw new Error(`the service ended at its start:\n${lines.map(({ msg }) => msg).join('\n')}`);
  }

  const kill = async () => {
    child.kill('SIGKILL');
    const ending = await exited;
    started.removeData();
    return ending;
  };
  return {
    url,
    port: Number(new URL(url).port),
    hbtdPort: Number(lines.find(({ msg }) => msg === 'listening')?.['hbtdPort']),
    lvmbeatPort: Number(lines.find(({ msg }) => msg === 'listening')?.['lvmbeatPort']),
    heraldPort: Number(lines.find(({ msg }) => msg === 'listening')?.['heraldPort']),
    pid: child.pid ?? 0,
    dataDir: started.dataDir,
    lines,
    exited,
    kill,
    async stop() {
      child.kill('SIGTERM');
      await Promise.race([exited, delay(30_000, undefined, { ref: false })]);
      return kill();
    },
  };
}

/** Runs the service until its process ends: for starts that must fail. */
export async function runService(
  settings: Settings = {},
): Promise<Ending & { readonly lines: readonly LogLine[] }> {
  const { exited, lines, removeData } = launchService(settings);
  const ending = await exited;
  removeData();
  return { ...ending, lines };
}

const main = fileURLToPath(new URL('../../service/main.ts', import.meta.url));

type Child = ChildProcessByStdio<null, Readable, Readable>;

const running = new Set<Child>();
// A failed test has not stopped its services.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

function launchService(settings: Settings) {
  const { env, dataDir, removeData } = prepare(settings);
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const lines: LogLine[] = [];
  const listeners: ((line: LogLine) => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      const line = readLine(text);
      lines.push(line);
      for (const listener of listeners) listener(line);
    });
  }
  const exited = once(child, 'close').then((): Ending => {
    running.delete(child);
    return { code: child.exitCode, signal: child.signalCode };
  });
  const onLine = (listener: (line: LogLine) => void) => void listeners.push(listener);
  return { child, lines, exited, dataDir, removeData, onLine };
}

function readLine(text: string): LogLine {
  try {
    return JSON.parse(text);
  } catch {
    return { level: 'text', msg: text };
  }
}

/** This process's environment without the variables of a service, and the test's settings. */
function prepare(settings: Settings) {
  const given = settings['HEARTBEAT_DATA_DIR'];
  const dataDir = given ?? mkdtempSync(join(tmpdir(), 'service-'));
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HEARTBEAT|OS)_/.test(name));
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    HEARTBEAT_HTTP_HOST: '127.0.0.1',
    HEARTBEAT_HTTP_PORT: '0',
    ...settings,
    HEARTBEAT_DATA_DIR: dataDir,
  };
  const removeData = () => {
    if (given === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  return { env, dataDir, removeData };
}
