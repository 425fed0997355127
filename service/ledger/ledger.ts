import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Identity } from '../contract/instance.ts';
import type { InstancePresence, Presence } from '../contract/presence.ts';
import type { InstanceFilter } from '../store/presences/reader.ts';
import type { PresenceTable } from '../store/presences/table.ts';
import { createBacklog } from './backlog.ts';
import { type Checkpoint, createCheckpoint, type Portion, usualPortion } from './checkpoint.ts';
import { coverReachMs } from './cover.ts';
import { dropExpired } from './expiry.ts';
import { createNewest } from './newest.ts';
import { createReading, type Unwritten } from './reading.ts';

/**
 * Which instance was active when, exactly, for all heartbeats that were recorded.
 *
 *   record ─▶ newest presence of each instance (memory) ─┐
 *        └──▶ backlog: late, ended, unknown (memory) ────┴─ checkpoint ─▶ presences (store)
 *
 * What holds, whatever dies:
 *  - presences are the union of what heartbeats cover, so order, duplicates and portions do not
 *    matter: record a heartbeat as often as you like, but at least once;
 *  - what was recorded before `checkpoint` was called is on disk when that resolves. Only then may
 *    the cursor of whoever records pass it; what lies behind the cursor is recorded again after a
 *    crash, and leads to the same presences;
 *  - what is read contains all that was recorded, on disk or not.
 */
export type Ledger = {
  /** A heartbeat of the instance that the registry knows by this ref. Most often this is cheap. */
  record(ref: number, beat: Heartbeat, downMs: number): void;
  /** A heartbeat of an instance that the registry does not know. */
  recordUnknown(beat: Heartbeat, downMs: number): void;
  /** To be called before the registry gives up the ref. The presences stay. */
  release(ref: number): void;
  /** Presences and covers that the next checkpoint has to write. */
  waiting(): number;
  /**
   * Writes all that was recorded until now, in several commits when it is much. Calls wait for
   * each other. Throws `StoreUnavailable`: nothing is lost then, it is to be called again.
   */
  checkpoint(): Promise<void>;
  /**
   * Removes presences that ended before the retention, and says how many. To be called now and
   * then; waits for a checkpoint under way. Throws `StoreUnavailable`.
   */
  expire(): Promise<number>;
  /** The newest presence of the instance, if it was heard of since the start. */
  newest(ref: number): Presence | undefined;
  /** The presences of one instance that touch a time, whole, in their order. */
  presencesOf(identity: Identity, fromMs: number, toMs: number): Presence[];
  /** The last presence of a known instance that touches a time from `sinceMs` on; most often cheap. */
  latestOf(ref: number, sinceMs: number): Presence | undefined;
  /**
   * The presences of all instances that touch a time, whole, by `fromMs`: as they are when the
   * first is taken, whatever comes meanwhile. A presence counts until its `reachMs`; who wants to
   * count to the last heartbeat looks at `toMs`. Reading holds a snapshot of the store: take them
   * by the thousand, let other work run in between, and do not stop without finishing the iterator
   * (a `for` loop does).
   */
  presencesIn(fromMs: number, toMs: number, filter?: InstanceFilter): Iterable<InstancePresence>;
  /**
   * What the store may not have yet, for whoever reads its file. What this gives, joined with what
   * the store has at any moment after the last of it was taken, is all that was recorded before the
   * first was taken, and perhaps some that came since. To be taken in pieces.
   */
  unwritten(): Iterable<Unwritten>;
};

export type LedgerOptions = {
  readonly table: PresenceTable;
  /** The registry's. */
  readonly identityOf: (ref: number) => Identity;
  readonly refOf: (identity: Identity) => number | undefined;
  readonly retentionDays: number;
  /** Epoch milliseconds, now. */
  readonly now: () => number;
  /** How much one commit of a checkpoint holds. */
  readonly portion?: Portion;
};

const dayMs = 86_400_000;

export function createLedger(options: LedgerOptions): Ledger {
  const { table, identityOf, refOf, now, portion = usualPortion } = options;
  const oldestMs = () => now() - options.retentionDays * dayMs;
  const newest = createNewest();
  let backlog = createBacklog();
  let underWay: Checkpoint | undefined;
  let expiredMs = oldestMs();
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time: each reads what the one before has committed. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  function takeBacklog() {
    const taken = backlog;
    backlog = createBacklog();
    return taken;
  }

  function keepUnwritten(ref: number, identity: Identity): void {
    const presence = newest.get(ref);
    if (presence && (newest.isDirty(ref) || newest.isWriting(ref))) backlog.add(identity, presence);
  }

  async function checkpoint(): Promise<void> {
    const run = createCheckpoint({ table, newest, takeBacklog, identityOf, refOf, portion });
    underWay = run;
    try {
      await run.run();
    } catch (error) {
      for (const unwritten of run.underWay()) backlog.addAll(unwritten);
      throw error;
    } finally {
      underWay = undefined;
    }
  }

  return {
    record(ref, beat, downMs) {
      const fromMs = beat.timestampMs;
      const reachMs = coverReachMs(beat, downMs);
      if (reachMs < expiredMs) return;
      switch (newest.offer(ref, fromMs, reachMs, expiredMs)) {
        case 'held':
          return;
        case 'older':
          backlog.add(beat, { fromMs, toMs: fromMs, reachMs });
          return;
        case 'newer':
          keepUnwritten(ref, beat);
          newest.begin(ref, fromMs, reachMs);
          return;
        case 'empty':
          newest.begin(ref, fromMs, reachMs);
      }
    },
    recordUnknown(beat, downMs) {
      const fromMs = beat.timestampMs;
      const reachMs = coverReachMs(beat, downMs);
      if (reachMs >= expiredMs) backlog.add(beat, { fromMs, toMs: fromMs, reachMs });
    },
    release(ref) {
      keepUnwritten(ref, identityOf(ref));
      newest.clear(ref);
    },
    newest: (ref) => newest.get(ref),
    waiting: () => newest.dirtyCount() + backlog.size(),
    checkpoint: () => inTurn(checkpoint),
    expire: () =>
      inTurn(() => {
        expiredMs = oldestMs();
        return dropExpired(table, newest, expiredMs);
      }),
    ...createReading({
      table,
      newest,
      backlogs: () => [backlog, ...(underWay?.underWay() ?? [])],
      identityOf,
      refOf,
      expiredMs: () => expiredMs,
    }),
  };
}
