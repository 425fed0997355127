import { stat } from 'node:fs/promises';
import type { Clock } from './clock.ts';

/**
 * Calls `onChange` when one of the files has changed, until `signal` aborts. It polls instead of
 * listening: that works on every file system, through links, and where a file is replaced by
 * renaming, as orchestrators do with secrets.
 */
export async function watchFiles(options: {
  files: readonly string[];
  /** Fingerprint when the files were read. */
  asRead: Promise<string>;
  everyMs: number;
  onChange: () => void;
  clock: Clock;
  signal: AbortSignal;
}): Promise<void> {
  const { files, asRead, everyMs, onChange, clock, signal } = options;
  if (files.length === 0) return;
  let before = await asRead;
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal);
    const now = await fingerprint(files);
    if (now === before || signal.aborted) continue;
    before = now;
    onChange();
  }
}

/** Identifies the state of files by their metadata, not their content. */
export async function fingerprint(files: readonly string[]): Promise<string> {
  const marks = files.map((file) =>
    stat(file, { bigint: true }).then(
      ({ mtimeNs, ctimeNs, size, ino }) => `${mtimeNs} ${ctimeNs} ${size} ${ino}`,
      () => 'missing',
    ),
  );
  return (await Promise.all(marks)).join('\n');
}
