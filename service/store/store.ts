import type { DatabaseSync } from 'node:sqlite';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { InstanceRecord } from '../contract/instance.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { checkDataFile } from './backup/check.ts';
import { createEventLog, type EventLog } from './events/event-log.ts';
import type { StoreFailure } from './failure.ts';
import { takeDataFolder } from './file/data-folder.ts';
import { createFileIdentity, type FileIdentity } from './file/file-identity.ts';
import { createSpace, type Space } from './file/space.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { loadInstances } from './instances.ts';
import { createOutbox, type Outbox } from './outbox/outbox.ts';
import { createPresenceTable, type PresenceTable } from './presences/table.ts';
import { createReads, type Reads } from './reads.ts';
import { loadSettings, settingStatements } from './settings.ts';
import type { Statement } from './writer/messages.ts';
import { type StoreWriter, startWriter } from './writer/writer.ts';

/** The data that the service keeps on disk. Only this room knows SQL. */
export type Store = {
  readonly heartbeats: Outbox<Heartbeat>;
  readonly events: EventLog;
  readonly presences: PresenceTable;
  /** Rows of the registry by `id`: a snapshot of the time when the first is read. */
  instances(): Iterable<InstanceRecord>;
  /** Values written with `settingStatements`. */
  settings(): ReadonlyMap<string, string>;
  /** Executes statements of other rooms in one commit. Throws `StoreUnavailable`. */
  write(statements: readonly Statement[]): Promise<void>;
  /** Reason why heartbeats cannot be stored; undefined while they can. */
  failure(): StoreFailure | undefined;
  /** Reason why what is derived from heartbeats cannot be stored; undefined while it can. */
  derivedFailure(): StoreFailure | undefined;
  /** Reason why the file cannot be read; undefined while it can. */
  readFailure(): StoreFailure | undefined;
  /** Times of the last commits that succeeded and failed, in epoch ms. */
  history(): ReturnType<GroupCommit['history']>;
  /** Undefined where the operating system does not provide it. */
  freeBytes(): number | undefined;
  close(): Promise<void>;
};

type StoreOptions = {
  readonly dataDir: string;
  readonly maxRecords: number;
  /** Heartbeats are rejected while less of the disk is free. */
  readonly minFreeBytes: number;
};

/** A longer commit means that the disk hangs; then heartbeats are rejected. */
const hangingMs = 10_000;
/** Interval of the maintenance of the disk and the file. */
const maintenanceMs = 250;
/** Unused pages (of 4 KiB) that the file keeps for new records. */
const keepPages = 4_096;
/** Most calls of `shrink` at a time, so that commits run in between. */
const maxShrinks = 8;

/** Opens the store in `dataDir`; throws `UnusableDataFolder` when it cannot be used. */
export async function openStore(options: StoreOptions, runtime: Runtime): Promise<Store> {
  const opened = new AsyncDisposableStack();
  try {
    return await openParts(opened, options, runtime);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Every opened resource goes onto the stack, which is closed from its top. */
async function openParts(
  opened: AsyncDisposableStack,
  { dataDir, maxRecords, minFreeBytes }: StoreOptions,
  runtime: Runtime,
): Promise<Store> {
  const { clock, log, metrics } = runtime;
  const folder = opened.adopt(takeDataFolder(dataDir), ({ release }) => release());
  const writer = opened.adopt(await startWriter(folder.file), ({ close }) => close());
  const commits = createGroupCommit(writer, runtime, { probe: () => probe(clock) });
  opened.defer(commits.idle);
  const space = createSpace(dataDir, minFreeBytes, log);
  const reads = createReads();
  await space.measure();
  const { file, lockFile, reading } = folder;
  if (folder.isEmptyAgain) log.warn({ file }, noDataFile);
  const identity = createFileIdentity({
    file,
    lockFile,
    logicalBytes: () => logicalBytes(reading),
    isSound: () => checkDataFile(file).kind === 'sound',
    log,
  });

  const refusal = () => hanging(commits) ?? space.failure() ?? identity.failure();
  const heartbeats = createOutbox<Heartbeat>({
    stream: 'heartbeats',
    reading,
    reads,
    commits,
    maxRecords,
    refusal,
    clock,
  });
  const events = createEventLog({
    reading,
    reads,
    commits,
    clock,
    onExpiredUndelivered(reader, events) {
      metrics.expiredUndeliveredEvents.inc({ destination: reader }, events);
      log.warn({ reader, events }, 'events expired before they were delivered');
    },
  });
  const presences = createPresenceTable({ file, reading, commits });

  const closing = new AbortController();
  const parts = { writer, commits, space, identity, reads, clock };
  const maintaining = maintainUntil(closing.signal, parts);
  opened.defer(() => {
    closing.abort();
    return maintaining;
  });

  return {
    heartbeats,
    events,
    presences,
    instances: () => loadInstances(reading),
    settings: () => loadSettings(reading),
    write: (statements) => commits.write(statements),
    failure: () => hanging(commits) ?? commits.failure() ?? space.failure() ?? identity.failure(),
    derivedFailure: commits.derivedFailure,
    readFailure: reads.failure,
    history: commits.history,
    freeBytes: space.freeBytes,
    close: () => opened.disposeAsync(),
  };
}

const noDataFile =
  'the folder has been used before, but there is no data file: the service starts empty';

/** Size of the data in the file and its WAL. */
function logicalBytes(reading: DatabaseSync): number {
  const value = (name: string) => Number(reading.prepare(`PRAGMA ${name}`).get()?.[name]);
  return value('page_count') * value('page_size');
}

function hanging(commits: GroupCommit): StoreFailure | undefined {
  const ms = commits.waitingMs();
  if (ms < hangingMs) return undefined;
  return { reason: 'io', detail: `a commit has been under way for ${Math.round(ms / 1_000)} s` };
}

/** Statements of a small write. */
const probe = (clock: Clock): Statement[] =>
  settingStatements(new Map([['probe', String(clock.now())]]));

type MaintainedParts = {
  writer: StoreWriter;
  commits: GroupCommit;
  space: Space;
  identity: FileIdentity;
  reads: Reads;
  clock: Clock;
};

/** Measures and maintains the file every `maintenanceMs` until `signal` aborts. */
async function maintainUntil(signal: AbortSignal, parts: MaintainedParts): Promise<void> {
  const { space, identity, clock } = parts;
  const maintain = createMaintenance(parts);
  while (!signal.aborted) {
    await clock.sleep(maintenanceMs, signal);
    await Promise.all([space.measure(), identity.check()]);
    if (!signal.aborted) maintain();
  }
}

/**
 * Maintenance of the file: a small write, and shrinking after a backlog. The write detects whether the
 * file can be written, at the start and while it fails; and after a failed read it makes SQLite read
 * the file again instead of its cache.
 *
 * Nothing waits for it, so that a disk that hangs is noticed meanwhile.
 */
function createMaintenance(parts: MaintainedParts): () => void {
  const { writer, commits, space, identity, reads, clock } = parts;
  let isShrinking = false;

  /** Returns the pages of a drained backlog; all of them while the disk has little space. */
  async function shrink(): Promise<void> {
    isShrinking = true;
    identity.pauseSizes();
    let hasShrunk = false;
    const kept = space.failure() ? 0 : keepPages;
    for (let n = 0; n < maxShrinks && commits.waitingMs() === 0; n++) {
      const { hasMore, hasShrunk: didShrink } = await writer.shrink(kept);
      hasShrunk ||= didShrink === true;
      if (!hasMore) break;
    }
    isShrinking = false;
    identity.resumeSizes(hasShrunk);
  }

  // The group commit notes a failure.
  const writeProbe = () => void commits.write(probe(clock)).catch(() => undefined);

  writeProbe();
  return () => {
    if (isShrinking || commits.waitingMs() > 0) return;
    if (commits.failure() || reads.failure()) writeProbe();
    else void shrink();
  };
}
