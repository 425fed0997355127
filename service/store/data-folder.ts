import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFailure } from './failure.ts';
import { migrate, NewerSchema } from './schema.ts';

/** Ends the start; the message names the cause and the remedy. */
export class UnusableDataFolder extends Error {}

/** The data folder, locked for this process, with a connection for reading. */
type DataFolder = {
  readonly file: string;
  readonly reading: DatabaseSync;
  release(): void;
};

/**
 * Locks the folder for this process, checks the file and migrates it.
 *
 * The lock is an SQLite transaction on a file beside the data. The operating system ends it with the
 * process, however that dies, so no stale lock can prevent the next start.
 */
export function takeDataFolder(folder: string): DataFolder {
  const file = join(folder, 'heartbeat.sqlite');
  const lock = lockDataFolder(folder);
  try {
    const reading = openChecked(file);
    return {
      file,
      reading,
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

/** Locks the folder against all other processes until the connection is closed. Throws `UnusableDataFolder`. */
export function lockDataFolder(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true });
    const lock = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
    return orClosed(lock, () => lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'));
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

function openChecked(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { timeout: 5_000 });
    return orClosed(database, () => {
      // Allows shrinking after a backlog. Only for a new file: for an old one it would be a write even
      // without a change, and a damaged file must not be written.
      const isNew = database.prepare('PRAGMA page_count').get()?.['page_count'] === 0;
      if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
      database.exec('PRAGMA journal_mode = WAL');
      const result = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
      if (result !== 'ok') throw new UnusableDataFolder(damaged(file, String(result)));
      migrate(database);
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
  'or move the file away to start empty, which loses the records not delivered yet.';
