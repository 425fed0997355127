import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../../contract/defined.ts';
import { lockDataFolder, UnusableDataFolder } from '../data-folder.ts';
import { BackupProblem, copyDataFile, syncFile } from './backup.ts';
import { checkDataFile } from './check.ts';

export type Restore = {
  readonly file: string;
  readonly bytes: number;
  /** New path of the data file that was replaced. */
  readonly movedAside?: string;
};

const logSuffixes = ['-wal', '-shm'];

/**
 * Replaces the data file with a backup, while no service uses the folder. The old file is moved aside,
 * never deleted, and only if `replace` is set. Throws `BackupProblem`.
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
  const lock = lockForRestore(dataDir);
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
    // A WAL whose file was removed by hand must not be taken for the WAL of the backup.
    for (const suffix of logSuffixes) rmSync(file + suffix, { force: true });
    renameSync(draft, file);
    syncFile(dataDir);
    return { file, bytes: statSync(file).size, ...defined({ movedAside }) };
  } finally {
    lock.close();
  }
}

function lockForRestore(dataDir: string) {
  try {
    return lockDataFolder(dataDir);
  } catch (error) {
    if (error instanceof UnusableDataFolder) throw new BackupProblem(error.message);
    throw error;
  }
}

/** Moves the WAL too, which may hold commits that the file does not have yet. */
function moveAside(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${file}.before-${stamp}`;
  renameSync(file, aside);
  for (const suffix of logSuffixes) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}
