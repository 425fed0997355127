import type { Heartbeat } from '../contract/heartbeat.ts';
import type { InstanceRecord } from '../contract/instance.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { takeDataFolder } from './data-folder.ts';
import { createEventLog, type EventLog } from './events/event-log.ts';
import type { StoreFailure } from './failure.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { loadInstances } from './instances.ts';
import { createOutbox, type Outbox } from './outbox/outbox.ts';
import { createPresenceTable, type PresenceTable } from './presences/table.ts';
import { createReads, type Reads } from './reads.ts';
import { loadSettings, settingStatements } from './settings.ts';
import { createSpace, type Space } from './space.ts';
import { type Statement, startWriter, type Writer } from './writer/writer.ts';

/** All that the service keeps on disk. Nothing outside this room knows SQL. */
export type Store = {
  readonly heartbeats: Outbox<Heartbeat>;
  readonly events: EventLog;
  readonly presences: PresenceTable;
  /** The rows of the registry, by `id`, as they are when the first is taken. */
  instances(): Iterable<InstanceRecord>;
  /** What was kept by `settingStatements`. */
  settings(): ReadonlyMap<string, string>;
  /** What parts that share a commit made, in one. Throws `StoreUnavailable`. */
  write(statements: readonly Statement[]): Promise<void>;
  /** Why heartbeats cannot be taken; undefined while they can. */
  failure(): StoreFailure | undefined;
  /** Why what was taken cannot be read; undefined while it can. */
  readFailure(): StoreFailure | undefined;
  /** The last commit that succeeded, and the last that did not; epoch milliseconds. */
  history(): ReturnType<GroupCommit['history']>;
  /** Undefined where the operating system does not tell. */
  freeBytes(): number | undefined;
  close(): Promise<void>;
};

export type StoreOptions = {
  readonly dataDir: string;
  readonly maxRecords: number;
  /** Heartbeats are refused while less of the disk is free. */
  readonly minFreeBytes: number;
};

/** A commit that takes longer than this is a disk that hangs; heartbeats are refused then. */
const hangingMs = 10_000;
/** How often the disk is looked after; while writes fail, one is tried to notice the recovery. */
const roundMs = 250;
/** Unused pages (of 4 KiB) that the file keeps for the next records. */
const keepPages = 4_096;
/** Pieces of shrinking in a round, so that commits come in between. */
const shrinksARound = 8;

/** Opens the store in `dataDir`; throws `UnusableDataFolder` when it cannot be used. */
export async function openStore(options: StoreOptions, runtime: Runtime): Promise<Store> {
  const opened = new AsyncDisposableStack();
  try {
    return await openUpon(opened, options, runtime);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Whatever is opened goes onto the stack, which is closed from its top. */
async function openUpon(
  opened: AsyncDisposableStack,
  { dataDir, maxRecords, minFreeBytes }: StoreOptions,
  runtime: Runtime,
): Promise<Store> {
  const { clock, log, metrics } = runtime;
  const folder = opened.adopt(takeDataFolder(dataDir), ({ release }) => release());
  const writer = opened.adopt(await startWriter(folder.file), ({ close }) => close());
  const commits = createGroupCommit(writer, runtime);
  opened.defer(commits.idle);
  const space = createSpace(dataDir, minFreeBytes, log);
  const reads = createReads();
  await space.look();

  let refusal = space.failure();
  const heartbeats = createOutbox<Heartbeat>({
    stream: 'heartbeats',
    reading: folder.reading,
    reads,
    commits,
    maxRecords,
    refusal: () => refusal,
    clock,
  });
  const { file, reading } = folder;
  const events = createEventLog({
    reading,
    reads,
    commits,
    clock,
    onExpiredUndelivered(reader, events) {
      metrics.expiredUndeliveredEvents.inc({ destination: reader }, events);
      log.warn({ reader, events }, 'events became too old to be kept, and were never told');
    },
  });
  const presences = createPresenceTable({ file, reading, commits });

  const closing = new AbortController();
  const care = createCare({ writer, commits, space, reads, clock });
  const caring = (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(roundMs, closing.signal);
      await space.look();
      refusal = hanging(commits) ?? space.failure();
      if (!closing.signal.aborted) care();
    }
  })();
  opened.defer(() => {
    closing.abort();
    return caring;
  });

  return {
    heartbeats,
    events,
    presences,
    instances: () => loadInstances(reading),
    settings: () => loadSettings(reading),
    write: (statements) => commits.write(statements),
    failure: () => hanging(commits) ?? commits.failure() ?? space.failure(),
    readFailure: reads.failure,
    history: commits.history,
    freeBytes: space.freeBytes,
    close: () => opened.disposeAsync(),
  };
}

function hanging(commits: GroupCommit): StoreFailure | undefined {
  const ms = commits.waitingMs();
  if (ms < hangingMs) return undefined;
  return { reason: 'io', detail: `a commit has been under way for ${Math.round(ms / 1_000)} s` };
}

/**
 * What the file needs now and then: a small write, and to be made shorter after a backlog. The write
 * tells whether the file can be written, at first and while it could not; and it makes SQLite look
 * at the file again that it failed to read, instead of at what it remembers of it.
 *
 * Nothing of it is waited for: a disk that hangs is to be noticed meanwhile.
 */
function createCare(parts: {
  writer: Writer;
  commits: GroupCommit;
  space: Space;
  reads: Reads;
  clock: Clock;
}): () => void {
  const { writer, commits, space, reads, clock } = parts;
  let isShrinking = false;

  /** Gives back what a drained backlog left; all of it while the disk is short of room. */
  async function shrink(): Promise<void> {
    isShrinking = true;
    const kept = space.failure() ? 0 : keepPages;
    for (let n = 0; n < shrinksARound && commits.waitingMs() === 0; n++) {
      const { hasMore } = await writer.shrink(kept);
      if (!hasMore) break;
    }
    isShrinking = false;
  }

  const probe = () => {
    const statements = settingStatements(new Map([['probe', String(clock.now())]]));
    // That it fails is noted by the group commit itself.
    commits.write(statements).catch(() => undefined);
  };

  probe();
  return () => {
    if (isShrinking || commits.waitingMs() > 0) return;
    if (commits.failure() || reads.failure()) probe();
    else void shrink();
  };
}
