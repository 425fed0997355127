import { freePort } from './child.ts';
import type { LoadResult } from './load-plan.ts';
import { median } from './median.ts';
import type { BenchOptions } from './options.ts';
import { progress } from './progress.ts';
import { type Section, withTimeout } from './report.ts';
import { runLoad } from './run-load.ts';
import { startServer } from './server.ts';

const nodes = 10_000;
const everySeconds = 3;
/** Until all of them are known, and what that costs is over. */
const warmupSeconds = 5;

/** What a Cray system of usual size costs: its nodes beat, each in a request of its own. */
export async function hbtd(options: BenchOptions): Promise<Section> {
  const results: LoadResult[] = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`hbtd, round ${round + 1} of ${options.rounds}`);
    results.push(await once(options));
  }
  return {
    name: 'hbtd',
    title: 'A Cray system in the protocol of hbtd',
    rows: results.map((result) => ({
      'beats/s': result.requests / result.seconds,
      'cores busy': result.serverCpuSeconds / result.seconds,
      'µs a beat': (1e6 * result.serverCpuSeconds) / result.requests,
      'answer p50': result.p50Ms,
      'answer p99': result.p99Ms,
      'answer max': result.maxMs,
      'peak MB': result.serverPeakMb,
      'others busy': result.otherCpuSeconds / result.seconds,
    })),
    targets: [
      withTimeout(
        `cores for ${nodes} nodes every ${everySeconds} s`,
        median(results.map(({ serverCpuSeconds, seconds }) => serverCpuSeconds / seconds)),
        0.5,
      ),
      withTimeout(
        'requests that were late at the end',
        Math.max(...results.map((r) => r.unsent)),
        100,
      ),
    ],
    notes: [
      `${nodes} nodes beat every ${everySeconds} s on kept connections, whatever the answers (open loop); each heartbeat is on disk before it is answered. CPU time is that of the whole service: both threads, and the search for silence.`,
    ],
  };
}

async function once({
  serverCore: core,
  loadCore,
  folder: parent,
  profileTo,
  seconds,
}: BenchOptions): Promise<LoadResult> {
  const port = await freePort();
  const env = {
    HEARTBEAT_PROFILES_HBTD_ENABLED: 'true',
    HEARTBEAT_PROFILES_HBTD_PORT: String(port),
  };
  const server = await startServer('ours', { core, parent, env, profileTo });
  const ratePerSecond = nodes / everySeconds;
  try {
    return await runLoad(
      {
        connections: 64,
        batch: 1,
        form: 'hbtd',
        mode: {
          kind: 'open',
          ratePerSecond,
          warmupSeconds,
          seconds: Math.max(seconds, 2 * everySeconds),
        },
      },
      { ...server, port },
      loadCore,
    );
  } finally {
    await server.stop();
  }
}
