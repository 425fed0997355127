import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onCore } from './cores.ts';
import type { DetectionPlan, DetectionRun } from './detection-run.ts';
import type { BenchOptions } from './options.ts';
import { progress } from './progress.ts';
import { type Section, withTimeout } from './report.ts';
import { startServer } from './server.ts';

const instances = 100_000;
const intervalSeconds = 5;
const deaths = 400;

/** How soon the death of some of very many is told, while all others keep half a core busy. */
export async function detection(options: BenchOptions): Promise<Section> {
  progress(`${deaths} of ${instances} instances die`);
  // A storm it must not be: what is measured is the single event.
  const env = { HEARTBEAT_LIVENESS_MASS_SILENCE_SHARE: '1' };
  const { serverCore: core, folder: parent } = options;
  const server = await startServer('ours', { core, parent, env, profileTo: options.profileTo });
  try {
    const run = await death(options, {
      port: server.port,
      serverPid: server.child.pid,
      instances,
      intervalSeconds,
      deaths,
    });
    const both = [...run.lateMs, ...run.downMs].toSorted((a, b) => a - b);
    return {
      name: 'detection',
      title: 'From silence to the event',
      rows: [row('late', run, run.lateMs), row('down', run, run.downMs)],
      targets: [
        withTimeout('deadline to durable event, at most, ms', both.at(-1) ?? Number.NaN, 1_100),
        withTimeout('dead that were not told', 2 * run.dead - both.length, 0),
        withTimeout('living that were accused', run.accused, 0),
      ],
      notes: [
        `${instances} instances beat every ${intervalSeconds} s, each in a request of its own. The deadline is the answer to the last heartbeat and the threshold; the event is counted when a reader of the stream has it.`,
      ],
    };
  } finally {
    await server.stop();
  }
}

const row = (kind: string, run: DetectionRun, delaysMs: readonly number[]) => ({
  event: kind,
  'beats/s': run.beatsPerSecond,
  'cores busy': run.cores,
  events: delaysMs.length,
  'median ms': delaysMs[delaysMs.length >> 1] ?? Number.NaN,
  'p99 ms': delaysMs[Math.floor(delaysMs.length * 0.99)] ?? Number.NaN,
  'max ms': delaysMs.at(-1) ?? Number.NaN,
  'answer p50': run.answerMs.p50,
  'answer p99': run.answerMs.p99,
  'answer max': run.answerMs.max,
});

const script = fileURLToPath(new URL('detection-run.ts', import.meta.url));

async function death({ loadCore }: BenchOptions, plan: DetectionPlan): Promise<DetectionRun> {
  const [command = '', ...args] = onCore(loadCore, [
    process.execPath,
    script,
    JSON.stringify(plan),
  ]);
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout);
}
