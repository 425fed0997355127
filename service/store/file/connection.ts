import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

type ConnectionOptions = {
  readonly readOnly?: boolean;
  /** Longest wait for a lock. */
  readonly timeoutMs?: number;
};

/** Access for the owner only: names of instances and undelivered messages are in the file. */
const privateFile = 0o600;
const privateFolder = 0o700;

/**
 * Opens a connection; each connection of the service is opened here.
 *
 * Temporary data stay in memory: rollback data of a statement of many rows, results to be sorted.
 * SQLite would put them into files of a folder for temporary files, and a hardened container has none.
 */
export function openConnection(
  file: string,
  { readOnly = false, timeoutMs = 5_000 }: ConnectionOptions = {},
): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout: timeoutMs });
  try {
    database.exec('PRAGMA temp_store = MEMORY');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes an empty file that only its owner can access, if there is no file; SQLite gives the files
 * beside it the same rights. A file that root makes belongs to the owner of the folder.
 */
export function createPrivateFile(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'wx', privateFile));
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(file));
  if (uid !== 0) chownSync(file, uid, gid);
}

/** Makes a folder that only its owner can access, if there is none. */
export const createPrivateFolder = (folder: string): void =>
  void mkdirSync(folder, { recursive: true, mode: privateFolder });

/** Withdraws the rights of others to an existing file, as far as the caller may. */
export function makePrivate(file: string): void {
  try {
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, privateFile);
  } catch {
    // The file belongs to another user, or there is none.
  }
}
