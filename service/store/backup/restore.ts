import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { defined } from '../../contract/defined.ts';
import { storeFailure } from '../failure.ts';
import { createPrivateFile, openConnection } from '../file/connection.ts';
import { dataFileIn, lockDataFolder, UnusableDataFolder } from '../file/data-folder.ts';
import { checkDataFile } from './check.ts';
import { BackupProblem, copyDataFile, isSameFile, linkOrCopy, syncFile } from './files.ts';

export type Restore = {
  readonly file: string;
  readonly bytes: number;
  /** Further name of the data file that was replaced. */
  readonly movedAside?: string;
};

const logSuffixes = ['-wal', '-shm'];

/**
 * Replaces the data file with a backup, while no service uses the folder. The old file is moved aside,
 * never deleted, and only if `replace` is set. Throws `BackupProblem`.
 *
 * Wherever the process dies, the folder has the old file, or the new one, or no data file but its
 * remains, with which the service does not start. The file moved aside is complete from the time at
 * which it has its name.
 */
export function restore(
  backup: string,
  dataDir: string,
  replace = false,
  nowMs = Date.now(),
): Restore {
  if (!existsSync(backup)) throw new BackupProblem(`There is no file ${backup}.`);
  const file = dataFileIn(dataDir);
  if (isSameFile(backup, file)) {
    throw new BackupProblem(`${backup} is the data file itself. Name a backup.`);
  }
  const state = checkDataFile(backup);
  if (state.kind === 'unusable') {
    throw new BackupProblem(`${backup} cannot be restored: ${state.detail}. Nothing was changed.`);
  }
  const lock = lockForRestore(dataDir);
  try {
    const isThere = existsSync(file);
    if (isThere && !replace) {
      throw new BackupProblem(
        `${file} exists already. With --replace it is moved aside, and not deleted.`,
      );
    }
    return replaceDataFile(backup, file, dataDir, nowMs);
  } catch (error) {
    if (error instanceof BackupProblem) throw error;
    throw new BackupProblem(`${file} could not be restored: ${storeFailure(error).detail}.`);
  } finally {
    lock.close();
  }
}

function replaceDataFile(backup: string, file: string, dataDir: string, nowMs: number): Restore {
  const aside = `${file}.before-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;
  const draft = `${file}.partial`;
  rmSync(draft, { force: true });
  createPrivateFile(draft);
  copyDataFile(backup, draft);
  syncFile(draft);
  const isThere = existsSync(file);
  if (isThere) {
    foldLog(file);
    // The log first: the file has its further name only when both are there.
    if (existsSync(`${file}-wal`)) linkOrCopy(`${file}-wal`, `${aside}-wal`);
    linkOrCopy(file, aside);
    syncFile(dataDir);
  } else if (existsSync(`${file}-wal`)) {
    renameSync(`${file}-wal`, `${aside}-wal`);
  }
  // A log that could not be folded back must not be taken for that of the backup.
  if (existsSync(`${file}-wal`)) rmSync(file);
  for (const suffix of logSuffixes) rmSync(file + suffix, { force: true });
  renameSync(draft, file);
  syncFile(dataDir);
  const { size: bytes } = statSync(file);
  return { file, bytes, ...defined({ movedAside: isThere ? aside : undefined }) };
}

/** Writes the content of the WAL into the file; closing the last connection then deletes the WAL. */
function foldLog(file: string): void {
  try {
    const database = openConnection(file);
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
  } catch {
    // A damaged file keeps its log beside it.
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
