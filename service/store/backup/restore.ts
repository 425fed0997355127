import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataFolder, UnusableDataFolder } from '../data-folder.ts';
import { BackupProblem, copyDataFile, syncFile } from './backup.ts';
import { checkDataFile } from './check.ts';

export type Restore = {
  readonly file: string;
  readonly bytes: number;
  /** Where the data file is now that was there before. */
  readonly movedAside?: string;
};

const logSuffixes = ['-wal', '-shm'];

/**
 * Puts a backup in the place of the data file, while no service uses the folder. What was there is
 * moved aside, never deleted, and only if `replace` allows it. Throws `BackupProblem`.
 */
export function restore(
  backup: string,
  dataDir: string,
  replace = false,
  nowMs = Date.now(),
): Restore {
  if (!existsSync(backup)) throw new BackupProblem(`There is no file ${backup}.`);
  const state = checkDataFile(backup);
  if (state.kind === 'unusable') {
    throw new BackupProblem(`${backup} cannot be restored: ${state.detail}. Nothing was changed.`);
  }
  const lock = lockOrComplain(dataDir);
  try {
    const file = join(dataDir, 'heartbeat.sqlite');
    const isThere = existsSync(file);
    if (isThere && !replace) {
      throw new BackupProblem(
        `${file} exists already. With --replace it is moved aside, and not deleted.`,
      );
    }
    const draft = `${file}.partial`;
    rmSync(draft, { force: true });
    copyDataFile(backup, draft);
    syncFile(draft);
    const movedAside = isThere ? moveAside(file, nowMs) : undefined;
    // A log without its file, which somebody took away by hand, must not be taken for the backup's.
    for (const suffix of logSuffixes) rmSync(file + suffix, { force: true });
    renameSync(draft, file);
    syncFile(dataDir);
    return { file, bytes: statSync(file).size, ...(movedAside ? { movedAside } : {}) };
  } finally {
    lock.close();
  }
}

function lockOrComplain(dataDir: string) {
  try {
    return lockDataFolder(dataDir);
  } catch (error) {
    if (error instanceof UnusableDataFolder) throw new BackupProblem(error.message);
    throw error;
  }
}

/** With its log, which may hold commits that the file itself does not have yet. */
function moveAside(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${file}.before-${stamp}`;
  renameSync(file, aside);
  for (const suffix of logSuffixes) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}
