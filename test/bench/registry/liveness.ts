import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onCore } from '../machine/cores.ts';
import type { BenchOptions } from '../options.ts';
import { progress } from '../report/progress.ts';
import { atMost, type Section } from '../report/report.ts';
import { makeFolder, removeFolder } from '../servers/child.ts';
import type { RegistryRun } from './registry-run.ts';
import type { ReadRun, WriteRun } from './restore-run.ts';

const sizes = [10_000, 100_000, 1_000_000] as const;
const largest = 1_000_000;

/** What knowing every instance costs: a heartbeat, a second that passes, memory, the restart. */
export async function liveness(options: BenchOptions): Promise<Section> {
  const runs = sizes.map((instances) => {
    progress(`the registry with ${instances} instances`);
    return { instances, ...registryRun(options, instances) };
  });
  const { written, read } = restored(options);
  const [small, , large] = runs;
  const [smallTick = Number.NaN, largeTick = Number.NaN] = [small?.tickUs, large?.tickUs];
  return {
    name: 'liveness',
    title: 'The registry',
    rows: runs.map((run) => ({
      instances: run.instances,
      'beats/s': 1e9 / run.beatNs,
      'ns a beat': run.beatNs,
      'ns, shuffled': run.shuffledBeatNs,
      'tick µs': run.tickUs,
      'among beats µs': run.tickAmongBeatsUs,
      'longest tick ms': run.longestTickMs,
      'ns a silent one': run.silentNs,
      MB: run.memoryMb,
      'MB, whole process': run.processMb,
    })),
    targets: [
      atMost('a heartbeat among 1,000,000, µs', (large?.beatNs ?? Number.NaN) / 1_000, 0.3),
      atMost('tick of 1,000,000 × tick of 10,000', largeTick / smallTick, 2),
      atMost('longest tick, ms', Math.max(...runs.map((run) => run.longestTickMs)), 5),
      atMost('restoring 1,000,000, s', read.seconds, 2.5),
      atMost('memory with 1,000,000 restored, MB', read.processMb, 350),
    ],
    notes: [
      'A beat is find, touch and schedule, of strings just parsed, as CPU time; in the order in which they beat before, as a fleet does, and shuffled. A tick is one second passing while all are well, alone or with the heartbeats of that second before it, which leave nothing of it in the caches; the longest is of those in which 50 instances fall silent.',
      `Restored: ${read.instances} rows in ${read.seconds.toFixed(2)} s (${read.cpuSeconds.toFixed(2)} s of CPU time), ${Math.round(read.processMb)} MB then, ${Math.round(read.peakMb)} MB at most. All rows were written in ${written.seconds.toFixed(1)} s, in portions of 2,000; making one took ${written.longestBuildMs.toFixed(1)} ms at most.`,
    ],
  };
}

const registryRun = (options: BenchOptions, instances: number): RegistryRun =>
  run(options, ['--expose-gc', file('registry-run.ts'), String(instances)]);

function restored(options: BenchOptions): { written: WriteRun; read: ReadRun } {
  const folder = makeFolder(options.folder);
  try {
    const data = join(folder, 'data');
    const script = file('restore-run.ts');
    progress(`writing ${largest} rows`);
    const written: WriteRun = run(options, [script, 'write', data, String(largest)]);
    progress(`restoring ${largest} rows`);
    const reads: ReadRun[] = Array.from({ length: options.rounds }, () =>
      run(options, [script, 'read', data]),
    );
    const [read] = reads.toSorted((a, b) => a.seconds - b.seconds).slice((reads.length - 1) >> 1);
    if (!read) throw new Error('no rounds');
    return { written, read };
  } finally {
    removeFolder(folder);
  }
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A process of its own each, so that memory is that of one measurement. */
function run<Figures>({ serverCore }: BenchOptions, args: readonly string[]): Figures {
  const [command = '', ...rest] = onCore(serverCore, [process.execPath, ...args]);
  return JSON.parse(execFileSync(command, rest, { encoding: 'utf8' }));
}
