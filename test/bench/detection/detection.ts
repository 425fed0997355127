import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../options.ts';
import { progress } from '../report/progress.ts';
import { atMost, type Section } from '../report/report.ts';
import { nodeOutput } from '../servers/child.ts';
import { startServer } from '../servers/server.ts';
import type { DetectionPlan, DetectionRun } from './detection-run.ts';

const instances = 100_000;
const intervalSeconds = 5;
const stopping = 400;

/** Delay of the events of some stopping instances, while all others use half a core. */
export async function detection(options: BenchOptions): Promise<Section> {
  progress(`${stopping} of ${instances} instances stop`);
  // A mass outage would defer the single events, whose delay is measured.
  const env = { HEARTBEAT_LIVENESS_MASS_OUTAGE_SHARE: '1' };
  const { serverCore: core, folder: parent } = options;
  const server = await startServer('ours', { core, parent, env, profileTo: options.profileTo });
  try {
    const run = await runDetection(options, {
      port: server.port,
      serverPid: server.child.pid,
      instances,
      intervalSeconds,
      stopping,
    });
    const both = [...run.lateMs, ...run.downMs].toSorted((a, b) => a - b);
    return {
      name: 'detection',
      title: 'From absence to the event',
      rows: [row('late', run, run.lateMs), row('down', run, run.downMs)],
      targets: [
        atMost('deadline to durable event, at most, ms', both.at(-1) ?? Number.NaN, 1_100),
        atMost('missing events', 2 * run.stopped - both.length, 0),
        atMost('events about running instances', run.falseEvents, 0),
      ],
      notes: [
        `${instances} instances send a heartbeat every ${intervalSeconds} s, each in a request of its own. A delay starts at the deadline, which is the response to the last heartbeat plus the threshold. It ends when a reader of the event stream has the event.`,
      ],
    };
  } finally {
    await server.stop();
  }
}

const row = (kind: string, run: DetectionRun, delaysMs: readonly number[]) => ({
  event: kind,
  'heartbeats/s': run.heartbeatsPerSecond,
  'cores busy': run.cores,
  events: delaysMs.length,
  'median ms': delaysMs[delaysMs.length >> 1] ?? Number.NaN,
  'p99 ms': delaysMs[Math.floor(delaysMs.length * 0.99)] ?? Number.NaN,
  'max ms': delaysMs.at(-1) ?? Number.NaN,
  'response p50 ms': run.latencyMs.p50,
  'response p99 ms': run.latencyMs.p99,
  'response max ms': run.latencyMs.max,
});

const script = fileURLToPath(new URL('detection-run.ts', import.meta.url));

async function runDetection(
  { loadCore }: BenchOptions,
  plan: DetectionPlan,
): Promise<DetectionRun> {
  return JSON.parse(await nodeOutput([script, JSON.stringify(plan)], loadCore));
}
