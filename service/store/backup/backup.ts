import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { storeFailure } from '../failure.ts';
import { createPrivateFile } from '../file/connection.ts';
import { dataFileIn, lockFileIn } from '../file/data-folder.ts';
import { checkDataFile } from './check.ts';
import {
  BackupProblem,
  copyDataFile,
  fileAt,
  folderOf,
  isSameFile,
  linkOrCopy,
  syncFile,
} from './files.ts';

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
 * died. Each backup writes a draft of its own, so backups to one target do not disturb each other.
 * Throws `BackupProblem`.
 */
export function backUp(dataDir: string, target: string, replace = false): Backup {
  const source = dataFileIn(dataDir);
  if (!existsSync(source)) throw new BackupProblem(`There is no data file ${source}.`);
  refuseTarget(source, target, replace);
  const draft = `${target}.partial-${process.pid}-${Date.now()}`;
  const beganMs = performance.now();
  try {
    removeOldDrafts(target);
    createPrivateFile(draft);
    copyDataFile(source, draft);
    const state = checkDataFile(draft);
    if (state.kind === 'unusable') {
      throw new BackupProblem(`The copy of ${source} cannot be used: ${state.detail}.`);
    }
    syncFile(draft);
    if (replace) renameSync(draft, target);
    else nameDraft(draft, target);
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

/** Throws for a target whose replacement would destroy more than an older backup. */
function refuseTarget(source: string, target: string, replace: boolean): void {
  const dataDir = dirname(source);
  const own = [source, `${source}-wal`, `${source}-shm`, lockFileIn(dataDir)];
  if (own.some((file) => resolve(file) === resolve(target) || isSameFile(file, target))) {
    throw new BackupProblem(
      `${target} is a file of the data folder ${dataDir} itself. Name a file for the copy, in ` +
        'another folder.',
    );
  }
  const folder = folderOf(target);
  if (folder !== undefined && existsSync(lockFileIn(folder))) {
    throw new BackupProblem(
      `${target} would be in a data folder. Name a file in another folder, best on another disk.`,
    );
  }
  const present = fileAt(target);
  if (present && !present.isFile()) throw new BackupProblem(`${target} is not a regular file.`);
  if (present && !replace) throw alreadyThere(target);
}

const alreadyThere = (target: string) =>
  new BackupProblem(`${target} exists already. Choose another name, or allow --replace.`);

/** Gives the draft its name, unless a file has it by now. */
function nameDraft(draft: string, target: string): void {
  try {
    linkOrCopy(draft, target);
  } catch (error) {
    if (fileAt(target)) throw alreadyThere(target);
    throw error;
  }
  rmSync(draft);
}

/** Age of a draft without a change after which its process is taken for dead. */
const abandonedMs = 3_600_000;

function removeOldDrafts(target: string): void {
  const prefix = `${basename(target)}.partial`;
  for (const name of readdirSync(dirname(target))) {
    const draft = join(dirname(target), name);
    if (!/^(?:-\d+-\d+)?$/.test(name.startsWith(prefix) ? name.slice(prefix.length) : '.'))
      continue;
    const changedMs = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changedMs > abandonedMs) rmSync(draft, { force: true });
  }
}
