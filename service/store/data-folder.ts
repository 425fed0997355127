import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFailure } from './failure.ts';
import { migrate, NewerSchema } from './schema.ts';

/** The start cannot go on; the message says what is wrong and what to do. */
export class UnusableDataFolder extends Error {}

/** The data folder while it is ours: the file's path, a connection to read with, the lock. */
export type DataFolder = {
  readonly file: string;
  readonly reading: DatabaseSync;
  release(): void;
};

/**
 * Takes the folder for this process, checks the file and brings it up to date.
 *
 * The lock is an SQLite transaction on a file beside the data: the operating system ends it with
 * the process, however that dies, so no stale lock can keep the next start out.
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

/** Keeps all other processes out until it is closed. Throws `UnusableDataFolder`. */
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
          'Stop that one, or give this one a folder of its own (HEARTBEAT_DATA_DIR).',
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
      // Lets the space of a drained backlog be given back. To an old file it would be a write, even
      // where it says the same already: a damaged one must stay as it is.
      const isNew = database.prepare('PRAGMA page_count').get()?.['page_count'] === 0;
      if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
      database.exec('PRAGMA journal_mode = WAL');
      const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
      if (verdict !== 'ok') throw new UnusableDataFolder(damaged(file, String(verdict)));
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

/** The connection, once `prepare` has succeeded with it; what fails leaves none behind. */
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
  'Restore it from a backup; or save what can be read with ' +
  `\`sqlite3 ${file} .recover | sqlite3 recovered.sqlite\` and put that in its place; ` +
  'or move the file away to start empty, which loses what was not delivered yet.';
