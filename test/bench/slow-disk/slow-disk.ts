import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fsyncMs } from '../machine/machine.ts';
import { closedPlan, type Load, measure, medianOf, requestsPerSecond } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { referenceNotes } from '../pipeline.ts';
import { comparisonRows, loadRows } from '../report/load-rows.ts';
import { atLeast, type Section } from '../report/report.ts';
import { makeFolder } from '../servers/child.ts';

const addedMs = 5;

/** Single heartbeats while every fsync takes 5 ms longer: shows if the event loop waits for it. */
export async function slowDisk(options: BenchOptions): Promise<Section> {
  const section = { name: 'slow-disk', title: `Every fsync ${addedMs} ms slower` };
  const library = compileShim();
  if (library === undefined) {
    const notes = ['Skipped: it needs a C compiler (cc) and Linux.'];
    return { ...section, rows: [], targets: [], notes };
  }

  const env = { LD_PRELOAD: library, SLOW_FSYNC_MS: String(addedMs) };
  const measuredMs = fsyncMs(options.folder ?? tmpdir(), env);
  const load: Load = {
    name: 'slow-disk',
    title: 'single, 256 connections',
    plan: closedPlan(256, 1, options.seconds),
  };
  const rounds = await measure(load, options, env);
  const throughput = medianOf(rounds, 'ours', requestsPerSecond);
  return {
    ...section,
    rows: loadRows(load, rounds),
    comparison: comparisonRows(load, rounds),
    targets: rounds.has('ours')
      ? [atLeast('single, slow disk: requests/s', throughput, 20_000)]
      : [],
    notes: [`fdatasync of 4 KiB took ${measuredMs.toFixed(1)} ms.`, ...referenceNotes(options)],
  };
}

/** Compiles the library to preload and returns its path; undefined if that is impossible here. */
function compileShim(): string | undefined {
  const source = fileURLToPath(new URL('slow-fsync.c', import.meta.url));
  const library = join(makeFolder(), 'slow-fsync.so');
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  return status === 0 && process.platform === 'linux' ? library : undefined;
}
