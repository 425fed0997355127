import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, memory } from '../machine/process-stats.ts';
import type { BenchOptions } from '../options.ts';
import { median } from '../report/median.ts';
import { progress } from '../report/progress.ts';
import { atLeast, atMost, type Section } from '../report/report.ts';
import { freePort, makeFolder, nodeOutput, removeFolder } from '../servers/child.ts';
import { startServer } from '../servers/server.ts';

const count = Number(process.env['RECORDS'] ?? 80_000);
const connections = 8;
const bareCommit = 500;

type Run = { readonly rate: number; readonly cpuMicros: number };
type OurRun = Run & { readonly peakMb: number; readonly searchMs: number };

/** Stores records that arrive over TCP, compared with SQLite alone. */
export async function records(options: BenchOptions): Promise<Section> {
  const bare: Run[] = [];
  const ours: OurRun[] = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`records, round ${round + 1} of ${options.rounds}: bare`);
    bare.push(await insertBare(options));
    progress(`records, round ${round + 1} of ${options.rounds}: ours`);
    ours.push(await receive(options));
  }
  const ratio = median(ours.map(({ rate }, n) => rate / (bare[n]?.rate ?? Number.NaN)));
  const searchMs = median(ours.map((run) => run.searchMs));
  const peakMb = median(ours.map((run) => run.peakMb));
  return {
    name: 'records',
    title: 'Log records',
    rows: [
      {
        'bare records/s': median(bare.map(({ rate }) => rate)),
        'ours records/s': median(ours.map(({ rate }) => rate)),
        'ours ÷ bare': ratio,
        'bare CPU µs/record': median(bare.map(({ cpuMicros }) => cpuMicros)),
        'ours CPU µs/record': median(ours.map(({ cpuMicros }) => cpuMicros)),
        'search ms': searchMs,
        'peak MB': peakMb,
      },
    ],
    targets: [
      atLeast('ours ÷ bare', ratio, 0.5),
      atMost('search for a word, newest 50, ms', searchMs, 100),
      atMost('peak MB', peakMb, 200),
    ],
    notes: [
      `${count} records (RECORDS) of about 600 bytes over ${connections} connections, as Python's SocketHandler sends them, until all are on disk and searchable. Bare inserts the same rows and their index in commits of ${bareCommit}, in one process, and receives nothing.`,
    ],
  };
}

async function insertBare({ serverCore, folder }: BenchOptions): Promise<Run> {
  const parent = makeFolder(folder);
  const script = fileURLToPath(new URL('../servers/bare-records.ts', import.meta.url));
  const args = [script, join(parent, 'records.sqlite'), String(count), String(bareCommit)];
  const { seconds, cpuSeconds: cpu } = JSON.parse(await nodeOutput(args, serverCore));
  removeFolder(parent);
  return { rate: count / seconds, cpuMicros: (1e6 * cpu) / count };
}

async function receive({ serverCore, loadCore, folder, profileTo }: BenchOptions): Promise<OurRun> {
  const port = await freePort();
  const env = {
    HEARTBEAT_PROFILES_HERALD_ENABLED: 'true',
    HEARTBEAT_PROFILES_HERALD_PORT: String(port),
  };
  const server = await startServer('ours', { core: serverCore, parent: folder, env, profileTo });
  try {
    const script = fileURLToPath(new URL('sender.ts', import.meta.url));
    const before = cpuSeconds(server.child.pid);
    const args = [script, String(port), String(count), String(connections)];
    const { seconds } = JSON.parse(await nodeOutput(args, loadCore));
    const cpu = cpuSeconds(server.child.pid) - before;
    return {
      rate: count / seconds,
      cpuMicros: (1e6 * cpu) / count,
      peakMb: memory(server.child.pid).peakMb,
      searchMs: await searchMs(`http://127.0.0.1:${server.port}`),
    };
  } finally {
    await server.stop();
  }
}

/** Time of a search for a word that many records have, and of one that is in a single record. */
async function searchMs(url: string): Promise<number> {
  const times: number[] = [];
  for (const text of ['disk', 'step 77', 'absent']) {
    const beganMs = performance.now();
    const response = await fetch(`${url}/api/v1/records?limit=50&text=${encodeURIComponent(text)}`);
    await response.text();
    times.push(performance.now() - beganMs);
  }
  return Math.max(...times);
}
