import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../options.ts';
import { progress } from '../report/progress.ts';
import { atMost, type Section } from '../report/report.ts';
import { makeFolder, nodeOutput, removeFolder } from '../servers/child.ts';
import type { RegistryRun } from './registry-run.ts';
import type { ReadRun, WriteRun } from './restore-run.ts';

const [smallSize, mediumSize, largeSize] = [10_000, 100_000, 1_000_000];

/** Cost of the registry: of a heartbeat, of an evaluation, of a restart, and its memory. */
export async function liveness(options: BenchOptions): Promise<Section> {
  const small = await measureRegistry(options, smallSize);
  const medium = await measureRegistry(options, mediumSize);
  const large = await measureRegistry(options, largeSize);
  const { written, read } = await measureRestore(options);
  const runs = [small, medium, large];
  return {
    name: 'liveness',
    title: 'The registry',
    rows: runs.map((run) => ({
      instances: run.instances,
      'heartbeats/s': 1e9 / run.heartbeatNs,
      'ns a heartbeat': run.heartbeatNs,
      'ns, shuffled': run.shuffledHeartbeatNs,
      'evaluation µs': run.evaluationUs,
      'after heartbeats µs': run.evaluationAfterHeartbeatsUs,
      'longest evaluation ms': run.longestEvaluationMs,
      'ns an absent one': run.absentNs,
      MB: run.memoryMb,
      'MB, whole process': run.processMb,
    })),
    targets: [
      atMost('a heartbeat with 1,000,000 instances, µs', large.heartbeatNs / 1_000, 0.3),
      atMost('evaluation with 1,000,000 × with 10,000', large.evaluationUs / small.evaluationUs, 2),
      atMost('longest evaluation, ms', Math.max(...runs.map((run) => run.longestEvaluationMs)), 5),
      atMost('restoring 1,000,000, s', read.seconds, 2.5),
      atMost('memory with 1,000,000 restored, MB', read.processMb, 350),
    ],
    notes: [
      'A heartbeat is find, touch and schedule, of strings just parsed, as CPU time; in the order of the previous heartbeats, as in a fleet, and shuffled. An evaluation covers one second without due instances: alone, or after the heartbeats of that second, which displace it from the caches. The longest evaluation is from the seconds with 50 absent instances.',
      `Restored: ${read.instances} rows in ${read.seconds.toFixed(2)} s (${read.cpuSeconds.toFixed(2)} s of CPU time), ${Math.round(read.processMb)} MB then, ${Math.round(read.peakMb)} MB at most. Writing all rows took ${written.seconds.toFixed(1)} s, in portions of 2,000; building a portion took at most ${written.longestBuildMs.toFixed(1)} ms.`,
    ],
  };
}

async function measureRegistry(
  options: BenchOptions,
  instances: number,
): Promise<RegistryRun & { readonly instances: number }> {
  progress(`the registry with ${instances} instances`);
  const args = ['--expose-gc', file('registry-run.ts'), String(instances)];
  return { instances, ...(await run<RegistryRun>(options, args)) };
}

async function measureRestore(
  options: BenchOptions,
): Promise<{ written: WriteRun; read: ReadRun }> {
  const folder = makeFolder(options.folder);
  try {
    const data = join(folder, 'data');
    const script = file('restore-run.ts');
    progress(`writing ${largeSize} rows`);
    const written: WriteRun = await run(options, [script, 'write', data, String(largeSize)]);
    progress(`restoring ${largeSize} rows`);
    const reads: ReadRun[] = [];
    for (let round = 0; round < options.rounds; round++) {
      reads.push(await run(options, [script, 'read', data]));
    }
    const [read] = reads.toSorted((a, b) => a.seconds - b.seconds).slice((reads.length - 1) >> 1);
    if (!read) throw new Error('no rounds');
    return { written, read };
  } finally {
    removeFolder(folder);
  }
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs a measurement in a process of its own, so that its memory is of that measurement alone. */
async function run<Figures>(
  { serverCore }: BenchOptions,
  args: readonly string[],
): Promise<Figures> {
  return JSON.parse(await nodeOutput(args, serverCore));
}
