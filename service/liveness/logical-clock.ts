import { z } from 'zod';
import type { BlindCause } from '../contract/metrics.ts';
import type { Clock } from '../runtime/clock.ts';

/**
 * Logical time: the time in which we could listen. Silence is measured in it, so what we did not
 * hear because we could not is nobody's silence.
 *
 *   wall      ──────────────┤ down ├────────┤ stall ├───────────▶
 *   logical   ──────────────┼───────────────┼───────────────────▶
 *                           └ returns ──────┘
 *
 *  - It follows the monotonic clock; steps of the wall clock do not touch it.
 *  - While the process is down it stands still: it goes on from where it was last saved, once a
 *    second. What passed unsaved (less than a second) counts as blind.
 *  - A tick that comes late advances it by a tick and a tenth: heartbeats that came meanwhile still
 *    wait in sockets, and must be heard before anybody is judged. The rest is a `stall`.
 *  - A suspended machine stops the monotonic clock, but not its uptime: the difference.
 *  - While the disk fails, or the outbox is full, heartbeats are refused: we are deaf, and that is
 *    blind too.
 *
 * Standing still is not enough for a heartbeat that was lost: the last one before, one lost, the
 * next up to an interval after our return. So every return is noted, and who was silent before it
 * gets a part of the threshold from then on (see `deadlineMs`).
 */
export type LogicalClock = {
  /** Whole logical milliseconds; never goes back. */
  now(): number;
  /** Whole epoch milliseconds of a logical time. */
  wallOf(logicalMs: number): number;
  /** To be called at each tick, and before its length changes; with whether heartbeats are refused. */
  advance(isDeaf: boolean): void;
  /**
   * By how much the wall clock has been set forward since the start, in milliseconds; 0 when that is
   * more than a day, for then it was wrong before.
   */
  setForwardMs(): number;
  /** The first return at or after a logical time. */
  firstReturn(sinceMs: number): number | undefined;
  /** The logical time of a receipt before this start, from its wall clock time. */
  heardBefore(receivedAtMs: number): number;
  /** Listening begins: what passed since the clock was made was still part of being down. */
  resume(): void;
  /** What goes with every commit; with a checkpoint everything that was heard is saved. */
  save(isCheckpoint: boolean): SavedClock;
  /** Blind milliseconds since this start, and before it back to the last save. */
  blindMs(): Readonly<Record<BlindCause, number>>;
};

export const savedClockSchema = z.object({
  logicalMs: z.number(),
  wallMs: z.number(),
  /** Until when everything that was heard is saved. */
  checkpointMs: z.number(),
  returnsMs: z.array(z.number()),
});
export type SavedClock = Readonly<z.output<typeof savedClockSchema>>;

/** How much of a late tick counts as time in which we listened, in ticks. */
const listenedTicks = 1.1;
/** A tick that comes later than this, in ticks, is an absence from which we return. */
const absentTicks = 2;
/** Uptime may be counted in whole seconds. */
const suspendNoticeMs = 2_000;
/** More returns than this are thinned out. */
const mostReturns = 256;
/** A clock that is set by less is only being kept. */
const leastStepMs = 2_000;
const mostStepMs = 86_400_000;

export function createLogicalClock(options: {
  clock: Clock;
  /** Milliseconds since the machine was started, suspended times included. */
  uptimeMs: () => number;
  tickMs: () => number;
  saved: SavedClock | undefined;
}): LogicalClock {
  const { clock, uptimeMs, tickMs, saved } = options;
  const blind = { down: 0, stall: 0, suspend: 0, store: 0 };
  let anchorMs = saved?.logicalMs ?? 0;
  let anchorMonotonic = clock.monotonic();
  let anchorUptime = uptimeMs();
  let checkpointMs = saved?.checkpointMs ?? 0;
  let returnsMs: number[] = saved?.returnsMs ?? [];
  let isDeaf = false;
  let isListening = false;
  /** What the wall clock would show at the anchor had nobody set it since the start. */
  let steadyWallMs = clock.now();

  const now = () => {
    const elapsed = isDeaf || !isListening ? 0 : clock.monotonic() - anchorMonotonic;
    return Math.floor(anchorMs + Math.min(elapsed, listenedTicks * tickMs()));
  };
  const noteReturn = () => {
    const nowMs = Math.floor(anchorMs);
    if (returnsMs.at(-1) !== nowMs) returnsMs = thinned([...returnsMs, nowMs]);
  };

  if (saved) {
    blind.down = Math.max(0, clock.now() - saved.wallMs);
    noteReturn();
  }

  return {
    now,
    wallOf: (logicalMs) => Math.round(clock.now() - (now() - logicalMs)),

    advance(isDeafNow) {
      const monotonic = clock.monotonic();
      const uptime = uptimeMs();
      const elapsed = monotonic - anchorMonotonic;
      const suspended = uptime - anchorUptime - elapsed;
      const wasDeaf = isDeaf;
      const listened = wasDeaf ? 0 : Math.min(elapsed, listenedTicks * tickMs());
      anchorMs += listened;
      anchorMonotonic = monotonic;
      anchorUptime = uptime;
      steadyWallMs += elapsed + (suspended > suspendNoticeMs ? suspended : 0);
      isDeaf = isDeafNow;
      blind[wasDeaf ? 'store' : 'stall'] += elapsed - listened;
      if (suspended > suspendNoticeMs) blind.suspend += suspended;
      const wasAway = wasDeaf || elapsed > absentTicks * tickMs() || suspended > suspendNoticeMs;
      if (wasAway && !isDeaf) noteReturn();
    },

    setForwardMs() {
      const steadyMs = steadyWallMs + clock.monotonic() - anchorMonotonic;
      const setMs = clock.now() - steadyMs;
      return setMs > leastStepMs && setMs <= mostStepMs ? setMs : 0;
    },

    firstReturn: (sinceMs) => returnsMs[firstFrom(returnsMs, sinceMs)],

    heardBefore(receivedAtMs) {
      if (!saved) return anchorMs;
      // The wall clock may have been set since: nobody was heard before the checkpoint.
      const heardMs = saved.logicalMs - (saved.wallMs - receivedAtMs);
      // What was blind in between is not known: nobody was heard before the last return either, or
      // an earlier one would be taken for the first since then.
      const leastMs = Math.max(saved.checkpointMs, saved.returnsMs.at(-1) ?? 0);
      return Math.max(leastMs, Math.min(saved.logicalMs, heardMs));
    },

    resume() {
      isListening = true;
      const monotonic = clock.monotonic();
      const elapsed = monotonic - anchorMonotonic;
      // Before the very first start there was nobody who could have been heard.
      if (saved) blind.down += elapsed;
      steadyWallMs += elapsed;
      anchorMonotonic = monotonic;
      anchorUptime = uptimeMs();
    },

    save(isCheckpoint) {
      // Should it fail, who is heard again later looks a little younger: that accuses nobody.
      if (isCheckpoint) checkpointMs = now();
      return { logicalMs: now(), wallMs: clock.now(), checkpointMs, returnsMs };
    },

    blindMs: () => ({ ...blind }),
  };
}

/** The index of the first of some ascending times that is not before `ms`. */
function firstFrom(times: readonly number[], ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Drops the one that is missed the least. Who fell silent between the one before it and itself gets
 * the next one instead: later by what counts in proportion to how long they have been silent. So an
 * event comes some percent late, nobody is accused, and no death is hidden, however often we return.
 */
function thinned(returnsMs: number[]): number[] {
  if (returnsMs.length <= mostReturns) return returnsMs;
  const lastMs = returnsMs.at(-1) ?? 0;
  const delays = returnsMs.slice(2).map((afterMs, index) => {
    const beforeMs = returnsMs[index] ?? 0;
    return (afterMs - beforeMs) / (lastMs - beforeMs);
  });
  return returnsMs.toSpliced(delays.indexOf(Math.min(...delays)) + 1, 1);
}
