import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { storeFailure } from '../failure.ts';
import { migrate, NewerSchema } from '../schema.ts';
import {
  createPrivateFile,
  createPrivateFolder,
  makePrivate,
  openConnection,
} from './connection.ts';

/** Ends the start; the message names the cause and the remedy. */
export class UnusableDataFolder extends Error {}

/** The data folder, locked for this process, with a connection for reading. */
type DataFolder = {
  readonly file: string;
  readonly lockFile: string;
  readonly reading: DatabaseSync;
  /** Whether the file was made now, although the folder had been used before. */
  readonly isEmptyAgain: boolean;
  release(): void;
};

/**
 * Locks the folder for this process, checks the file and migrates it. Files and folders that it makes
 * can be accessed by their owner only.
 *
 * The lock is an SQLite transaction on a file beside the data. The operating system ends it with the
 * process, however that dies, so no stale lock can prevent the next start.
 */
export function takeDataFolder(folder: string): DataFolder {
  const file = dataFileIn(folder);
  const lockFile = lockFileIn(folder);
  const wasUsed = existsSync(lockFile);
  const lock = lockDataFolder(folder);
  try {
    const isMissing = isMissingOrEmpty(file);
    if (isMissing) refuseRemains(file);
    const reading = openChecked(file);
    return {
      file,
      lockFile,
      reading,
      isEmptyAgain: isMissing && wasUsed,
      release() {
        reading.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

export const dataFileIn = (folder: string): string => join(folder, 'heartbeat.sqlite');
export const lockFileIn = (folder: string): string => join(folder, 'lock.sqlite');

/** Locks the folder against all other processes until the connection is closed. Throws `UnusableDataFolder`. */
export function lockDataFolder(folder: string): DatabaseSync {
  const file = lockFileIn(folder);
  try {
    createPrivateFolder(folder);
    createPrivateFile(file);
    makePrivate(file);
    const { ino } = statSync(file);
    const lock = openConnection(file, { timeoutMs: 0 });
    return orClosed(lock, () => {
      lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      // A lock on a file that has lost its name would exclude no other process.
      if (statSync(file).ino !== ino) throw new Error(`${file} was replaced`);
    });
  } catch (error) {
    const detail = Error.isError(error) ? error.message : String(error);
    if (/locked/.test(detail)) {
      throw new UnusableDataFolder(
        `The data folder ${folder} is in use by another GE Heartbeat process. ` +
          'Stop that process, or set another folder for this one (HEARTBEAT_DATA_DIR).',
      );
    }
    throw new UnusableDataFolder(
      `The data folder ${folder} cannot be used: ${detail}. ` +
        'It must exist or be creatable, and be writable by the user that runs the service.',
    );
  }
}

/**
 * Opens a data file for reading after it was checked and migrated; makes it if there is none. Throws
 * `UnusableDataFolder`.
 */
export function openChecked(file: string, steps?: readonly string[]): DatabaseSync {
  try {
    createPrivateFile(file);
    for (const suffix of ['', '-wal', '-shm']) makePrivate(file + suffix);
    const database = openConnection(file);
    return orClosed(database, () => {
      // Allows shrinking after a backlog. Only for a new file: for an old one it would be a write even
      // without a change, and a damaged file must not be written.
      const isNew = database.prepare('PRAGMA page_count').get()?.['page_count'] === 0;
      if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
      database.exec('PRAGMA journal_mode = WAL');
      const result = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
      if (result !== 'ok') throw new UnusableDataFolder(damaged(file, String(result)));
      migrate(database, steps);
      database.exec('PRAGMA query_only = ON');
    });
  } catch (error) {
    if (error instanceof UnusableDataFolder) throw error;
    if (error instanceof NewerSchema) {
      throw new UnusableDataFolder(
        `The data file ${file} was written by a newer release: ${error.message}. ` +
          'Run that release again, or restore the backup made before the upgrade.',
      );
    }
    const { reason, detail } = storeFailure(error);
    if (reason === 'corrupt') throw new UnusableDataFolder(damaged(file, detail));
    throw new UnusableDataFolder(`The data file ${file} cannot be opened: ${detail}.`);
  }
}

/** A file without content has no data either: SQLite would delete its WAL. */
const isMissingOrEmpty = (file: string): boolean =>
  (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;

/**
 * Throws if there are remains of a data file beside one that is missing: a restore was interrupted, or
 * the file was removed. An empty file in its place would hide that.
 */
function refuseRemains(file: string): void {
  const name = basename(file);
  const remains = readdirSync(dirname(file)).filter((other) =>
    /^(?:\.partial|\.before-.*|-wal|-journal)$/.test(
      other.startsWith(name) ? other.slice(name.length) : '',
    ),
  );
  if (remains.length === 0) return;
  throw new UnusableDataFolder(
    `The data file ${file} is missing or empty, but beside it there is ${remains.sort().join(', ')}: ` +
      'a restore was interrupted, or the file was removed. Nothing was changed. ' +
      'Run `ge-heartbeat restore BACKUP` again; ' +
      `or rename the newest ${name}.before-… (and its -wal, if it has one) to ${name}; ` +
      'or move these files to another folder to start empty.',
  );
}

/** Returns the connection after `prepare` has succeeded; closes it after a failure. */
function orClosed(connection: DatabaseSync, prepare: () => void): DatabaseSync {
  try {
    prepare();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

const damaged = (file: string, detail: string) =>
  `The data file ${file} is damaged (${detail}). Nothing was changed. ` +
  'Restore it from a backup; or save the readable part with ' +
  `\`sqlite3 ${file} .recover | sqlite3 recovered.sqlite\` and put that in its place; ` +
  'or move the file and its -wal away to start empty, which loses the records not delivered yet.';
