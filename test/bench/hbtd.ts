import type { LoadResult } from './load/load-plan.ts';
import { runLoad } from './load/run-load.ts';
import type { BenchOptions } from './options.ts';
import { median } from './report/median.ts';
import { progress } from './report/progress.ts';
import { atMost, type Section } from './report/report.ts';
import { freePort } from './servers/child.ts';
import { startServer } from './servers/server.ts';

const nodes = 10_000;
const everySeconds = 3;
/** Until the registry has all nodes, and the cost of adding them is over. */
const warmupSeconds = 5;

/** Cost of a Cray system of usual size, whose nodes send single heartbeats. */
export async function hbtd(options: BenchOptions): Promise<Section> {
  const results: LoadResult[] = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`hbtd, round ${round + 1} of ${options.rounds}`);
    results.push(await runOnce(options));
  }
  return {
    name: 'hbtd',
    title: 'A Cray system in the protocol of hbtd',
    rows: results.map((result) => ({
      'heartbeats/s': result.requests / result.seconds,
      'cores busy': result.serverCpuSeconds / result.seconds,
      'CPU µs/heartbeat': (1e6 * result.serverCpuSeconds) / result.requests,
      'p50 ms': result.p50Ms,
      'p99 ms': result.p99Ms,
      'max ms': result.maxMs,
      'peak MB': result.serverPeakMb,
      'others busy': result.otherCpuSeconds / result.seconds,
    })),
    targets: [
      atMost(
        `cores for ${nodes} nodes every ${everySeconds} s`,
        median(results.map(({ serverCpuSeconds, seconds }) => serverCpuSeconds / seconds)),
        0.5,
      ),
      atMost('requests overdue at the end', Math.max(...results.map((r) => r.unsent)), 100),
    ],
    notes: [
      `${nodes} nodes send a heartbeat every ${everySeconds} s over keep-alive connections, whatever the responses (open loop). The service acknowledges each heartbeat after its commit. CPU time is that of the whole service: both threads, evaluation included.`,
    ],
  };
}

async function runOnce({
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
        format: 'hbtd',
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
