import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from './child.ts';
import { comparisonRows, loadRows } from './load-rows.ts';
import { fsyncMs } from './machine.ts';
import { closed, type Load, measure, requestsPerSecond, typical } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { referenceNotes } from './pipeline.ts';
import { atLeast, type Section } from './report.ts';

const addedMs = 5;

/** Single heartbeats while every fsync takes 5 ms longer: does the event loop wait for the disk? */
export async function slowDisk(options: BenchOptions): Promise<Section> {
  const section = { name: 'slow-disk', title: `Every fsync ${addedMs} ms slower` };
  const library = compileShim();
  if (library === undefined) {
    const notes = ['Left out: it needs a C compiler (cc) and Linux.'];
    return { ...section, rows: [], targets: [], notes };
  }

  const env = { LD_PRELOAD: library, SLOW_FSYNC_MS: String(addedMs) };
  const seenMs = fsyncMs(options.folder ?? tmpdir(), env);
  const load: Load = {
    name: 'slow-disk',
    title: 'single, 256 connections',
    plan: closed(256, 1, options.seconds),
  };
  const rounds = await measure(load, options, env);
  const seen = typical(rounds, 'ours', requestsPerSecond);
  return {
    ...section,
    rows: loadRows(load, rounds),
    comparison: comparisonRows(load, rounds),
    targets: rounds.has('ours') ? [atLeast('single, slow disk: requests/s', seen, 20_000)] : [],
    notes: [`fdatasync of 4 KiB took ${seenMs.toFixed(1)} ms.`, ...referenceNotes(options)],
  };
}

/** The path of the library to preload; undefined when it cannot be made here. */
function compileShim(): string | undefined {
  const source = fileURLToPath(new URL('slow-fsync.c', import.meta.url));
  const library = join(makeFolder(), 'slow-fsync.so');
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  return status === 0 && process.platform === 'linux' ? library : undefined;
}
