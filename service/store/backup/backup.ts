import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFailure } from '../failure.ts';
import { checkDataFile } from './check.ts';

/** Ends a backup or a restore; the message names the cause and the remedy. */
export class BackupProblem extends Error {}

export type Backup = {
  readonly file: string;
  readonly bytes: number;
  /** Duration; meanwhile the WAL could not be checkpointed. */
  readonly seconds: number;
};

/**
 * Copies a snapshot of the data file while the service continues to write it: one read transaction
 * (`VACUUM INTO`), which stops neither heartbeats nor commits. The copy holds all heartbeats that
 * were acknowledged before the call.
 *
 * The copy is checked before it gets its name, so a file with that name is complete, whatever process
 * died. Throws `BackupProblem`.
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
      throw new BackupProblem(`The copy of ${source} cannot be used: ${state.detail}.`);
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

/** The copy includes the content of the WAL. */
export function copyDataFile(source: string, draft: string): void {
  const database = new DatabaseSync(source, { readOnly: true, timeout: 30_000 });
  try {
    database.prepare('VACUUM INTO ?').run(draft);
  } finally {
    database.close();
  }
}

/** A renamed file must be on disk first, and so must its name. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
