import { fileURLToPath } from 'node:url';
import type { LoadResult } from '../load/load-plan.ts';
import { runLoad } from '../load/run-load.ts';
import type { BenchOptions } from '../options.ts';
import { median } from '../report/median.ts';
import { progress } from '../report/progress.ts';
import { atMost, type Section } from '../report/report.ts';
import { makeFolder, startNode } from '../servers/child.ts';
import { startServer } from '../servers/server.ts';

const ratePerSecond = 5_000;
const minSeconds = 60;
const heapMb = 512;
const attackers = fileURLToPath(new URL('attackers.ts', import.meta.url));

/** Heartbeats beside clients that misuse their connections, with all limits at their defaults. */
export async function siege(options: BenchOptions): Promise<Section> {
  const results: LoadResult[] = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`siege, round ${round + 1} of ${options.rounds}`);
    results.push(await runOnce(options));
  }
  return {
    name: 'siege',
    title: 'Heartbeats under siege',
    rows: results.map((result) => ({
      'heartbeats/s': result.requests / result.seconds,
      'p50 ms': result.p50Ms,
      'p99 ms': result.p99Ms,
      'max ms': result.maxMs,
      'peak MB': result.serverPeakMb,
      'cores busy': result.serverCpuSeconds / result.seconds,
      'others busy': result.otherCpuSeconds / result.seconds,
    })),
    targets: [
      atMost('p99 of heartbeats, ms', median(results.map(({ p99Ms }) => p99Ms)), 250),
      atMost('peak MB', Math.max(...results.map((result) => result.serverPeakMb)), 600),
      atMost('requests overdue at the end', Math.max(...results.map((r) => r.unsent)), 100),
    ],
    notes: [
      `${ratePerSecond} heartbeats a second for at least ${minSeconds} s (open loop), the service with a heap of ${heapMb} MB. Meanwhile 300 connections pipeline 1,400 requests each and read no response, 100 send 900 KB of a body of 1 MB, 200 are idle, and one repeats a query for a month by the hour. Each connects again a second after it notices that it was disconnected. A response other than 2xx to a heartbeat ends the bench.`,
    ],
  };
}

async function runOnce(options: BenchOptions): Promise<LoadResult> {
  const { serverCore: core, loadCore, folder: parent, profileTo, seconds } = options;
  const env = { NODE_OPTIONS: `--max-old-space-size=${heapMb}` };
  const server = await startServer('ours', { core, parent, env, profileTo });
  const enemy = startNode([attackers, String(server.port)], {
    folder: makeFolder(parent),
    core: loadCore,
  });
  try {
    const mode = {
      kind: 'open',
      ratePerSecond,
      warmupSeconds: 1,
      seconds: Math.max(seconds, minSeconds),
    } as const;
    return await runLoad({ connections: 64, batch: 1, format: 'full', mode }, server, loadCore);
  } finally {
    await enemy.stop('SIGKILL');
    await server.stop();
  }
}
