import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Identity } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import { createOneAtATime } from '../runtime/concurrency/one-at-a-time.ts';
import type { PresenceTable } from '../store/presences/table.ts';
import { createBacklog } from './backlog.ts';
import { Checkpoint, type Portion, usualPortion } from './checkpoint.ts';
import { coverReachMs } from './cover.ts';
import { dropExpired } from './expiry.ts';
import { NewestPresences } from './newest.ts';
import { createReading, type Unwritten } from './reading.ts';

/**
 * Which instance was active when, exactly, for all heartbeats that were recorded.
 *
 *   record ─▶ newest presence of each instance (memory) ─┐
 *        └──▶ backlog: late, ended, unknown (memory) ────┴─ checkpoint ─▶ presences (store)
 *
 * Invariants, whatever dies:
 *  - presences are the union of what heartbeats cover, so order, duplicates and portions do not
 *    matter: a heartbeat may be recorded any number of times, but at least once;
 *  - what was recorded before `checkpoint` was called is on disk when that resolves. Only then may
 *    the cursor of the caller pass it; what lies behind the cursor is recorded again after a crash,
 *    and leads to the same presences;
 *  - a read contains everything that was recorded, on disk or not.
 */
export type Ledger = {
  /** Records a heartbeat of the instance that the registry knows by this ref; usually cheap. */
  record(ref: number, beat: Heartbeat, downMs: number): void;
  /** Records a heartbeat of an instance that the registry does not know. */
  recordUnknown(beat: Heartbeat, downMs: number): void;
  /** To be called before the registry gives up the ref. The presences stay. */
  release(ref: number): void;
  /**
   * Writes everything that was recorded until now, in several commits when it is much. Calls wait
   * for each other. Throws `StoreUnavailable`: nothing is lost then, it is to be called again.
   */
  checkpoint(): Promise<void>;
  /**
   * Removes presences that ended before the retention, and returns their number. To be called from
   * time to time; waits for a checkpoint under way. Throws `StoreUnavailable`.
   */
  expire(): Promise<number>;
  /** Presences of one instance that touch a time, whole, in their order. */
  presencesOf(identity: Identity, fromMs: number, toMs: number): Presence[];
  /** The last presence of a known instance that touches a time from `sinceMs` on; usually cheap. */
  latestOf(ref: number, sinceMs: number): Presence | undefined;
  /**
   * What the store may not have yet, for readers of its file; to be taken in pieces. Joined with the
   * content of the store at any time after the last piece was taken, it is everything that was
   * recorded before the first was taken, and perhaps some of what came since.
   */
  unwritten(): Iterable<Unwritten>;
};

export type LedgerOptions = {
  readonly table: PresenceTable;
  /** Functions of the registry. */
  readonly identityOf: (ref: number) => Identity;
  readonly refOf: (identity: Identity) => number | undefined;
  readonly retentionDays: number;
  /** Epoch milliseconds, now. */
  readonly now: () => number;
  readonly portion?: Portion;
};

const dayMs = 86_400_000;

export function createLedger(options: LedgerOptions): Ledger {
  const { table, identityOf, refOf, now, portion = usualPortion } = options;
  const oldestMs = () => now() - options.retentionDays * dayMs;
  const newest = new NewestPresences();
  const shared = { table, newest, identityOf, refOf };
  let backlog = createBacklog();
  let underWay: Checkpoint | undefined;
  let expiredMs = oldestMs();
  /** Each reads what the one before has committed. */
  const oneAtATime = createOneAtATime();

  function takeBacklog() {
    const taken = backlog;
    backlog = createBacklog();
    return taken;
  }

  const backlogs = () => [backlog, ...(underWay?.underWay() ?? [])];

  function keepUnwritten(ref: number, identity: Identity): void {
    const presence = newest.get(ref);
    if (presence && newest.isUnwritten(ref)) backlog.add(identity, presence);
  }

  async function checkpoint(): Promise<void> {
    const run = new Checkpoint({ ...shared, takeBacklog, portion });
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

  function recordUnknown(beat: Heartbeat, downMs: number): void {
    const fromMs = beat.timestampMs;
    const reachMs = coverReachMs(beat, downMs);
    if (reachMs >= expiredMs) backlog.add(beat, { fromMs, toMs: fromMs, reachMs });
  }

  return {
    record(ref, beat, downMs) {
      const fromMs = beat.timestampMs;
      const reachMs = coverReachMs(beat, downMs);
      if (reachMs < expiredMs) return;
      const meaning = newest.offer(ref, fromMs, reachMs, expiredMs);
      if (meaning === 'covered') return;
      if (meaning === 'older') return recordUnknown(beat, downMs);
      if (meaning === 'newer') keepUnwritten(ref, beat);
      newest.begin(ref, fromMs, reachMs);
    },
    recordUnknown,
    release(ref) {
      keepUnwritten(ref, identityOf(ref));
      newest.clear(ref);
    },
    checkpoint: () => oneAtATime(checkpoint),
    expire: () =>
      oneAtATime(() => {
        expiredMs = oldestMs();
        return dropExpired(table, newest, expiredMs);
      }),
    ...createReading({ ...shared, backlogs, expiredMs: () => expiredMs }),
  };
}
