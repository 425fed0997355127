import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { openConnection } from '../file/connection.ts';

/** Ends a backup or a restore; the message names the cause and the remedy. */
export class BackupProblem extends Error {}

/** Copies a data file, with the content of its WAL, into a file that is absent or empty. */
export function copyDataFile(source: string, draft: string): void {
  const database = openConnection(source, { readOnly: true, timeoutMs: 30_000 });
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

/** Gives a file a second name, or copies it where the file system has no hard links. Fails if `to` exists. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (Error.isError(error) && 'code' in error && error.code === 'EEXIST') throw error;
    copyFileSync(from, to, 1);
  }
}

/** The file itself, not the target of a symbolic link; undefined if there is none. */
export const fileAt = (path: string): Stats | undefined =>
  lstatSync(path, { throwIfNoEntry: false });

/** Whether both paths lead to one file, by whatever names and links. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** The real path of the folder of a file; undefined if there is no such folder. */
export function folderOf(file: string): string | undefined {
  try {
    return realpathSync(dirname(file));
  } catch {
    return undefined;
  }
}
