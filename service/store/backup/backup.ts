import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFailure } from '../failure.ts';
import { checkDataFile } from './check.ts';

/** A backup or a restore cannot be made; the message says why and what to do. */
export class BackupProblem extends Error {}

export type Backup = {
  readonly file: string;
  readonly bytes: number;
  /** How long it took, and with it how long the file's log could not be folded back. */
  readonly seconds: number;
};

/**
 * Copies the data file as it is at one moment, while the service goes on writing it: one read
 * transaction (`VACUUM INTO`), which stops neither heartbeats nor commits. All that was acknowledged
 * before the call is in the copy.
 *
 * The copy is checked before it gets its name: a file with that name is a whole one, whatever died
 * on the way. Throws `BackupProblem`.
 */
export function backUp(dataDir: string, target: string, replace = false): Backup {
  const source = join(dataDir, 'heartbeat.sqlite');
  if (!existsSync(source)) throw new BackupProblem(`There is no data file ${source}.`);
  if (existsSync(target) && !replace) {
    throw new BackupProblem(`${target} exists already. Choose another name, or allow --replace.`);
  }
  const draft = `${target}.partial`;
  const beganMs = performance.now();
  rmSync(draft, { force: true });
  try {
    copyDataFile(source, draft);
    const state = checkDataFile(draft);
    if (state.kind === 'unusable') {
      throw new BackupProblem(`The copy of ${source} is of no use: ${state.detail}.`);
    }
    syncFile(draft);
    renameSync(draft, target);
    syncFile(dirname(target));
  } catch (error) {
    rmSync(draft, { force: true });
    if (error instanceof BackupProblem) throw error;
    throw new BackupProblem(`${target} could not be written: ${storeFailure(error).detail}.`);
  }
  return {
    file: target,
    bytes: statSync(target).size,
    seconds: (performance.now() - beganMs) / 1_000,
  };
}

/** What has not been folded back from the file's log is in the copy too. */
export function copyDataFile(source: string, draft: string): void {
  const database = new DatabaseSync(source, { readOnly: true, timeout: 30_000 });
  try {
    database.prepare('VACUUM INTO ?').run(draft);
  } finally {
    database.close();
  }
}

/** What is renamed must be on the disk first, and so must the name. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
