import { z } from 'zod';
import type { BlindCause } from '../contract/metrics.ts';
import type { Clock } from '../runtime/clock.ts';

const savedClockSchema = z.object({
  logicalMs: z.number(),
  wallMs: z.number(),
  /** Time until which every received heartbeat is saved. */
  checkpointMs: z.number(),
  returnsMs: z.array(z.number()),
});
export type SavedClock = Readonly<z.output<typeof savedClockSchema>>;

/** How much of a late evaluation counts as time in which the service could receive, in periods. */
const receivingPeriods = 1.1;
/** An evaluation that is later than this, in periods, is an absence from which the service returns. */
const absentPeriods = 2;
/** Uptime may be counted in whole seconds. */
const suspendNoticeMs = 2_000;
/** More returns than this are thinned out. */
const maxReturns = 256;
/** A clock that is set by less is only being adjusted. */
const minStepMs = 2_000;
const maxStepMs = 86_400_000;

const savedKey = 'liveness.clock';

type Options = {
  readonly clock: Clock;
  /** Milliseconds since the machine was started, suspended time included. */
  readonly uptimeMs: () => number;
  /** Milliseconds between two evaluations. */
  readonly periodMs: () => number;
  readonly saved: ReadonlyMap<string, string>;
};

/**
 * Logical time: the time in which the service could receive heartbeats. Absence is measured in it,
 * so blind time never counts against an instance.
 *
 *   wall      ──────────────┤ down ├────────┤ stall ├───────────▶
 *   logical   ──────────────┼───────────────┼───────────────────▶
 *                           └ returns ──────┘
 *
 *  - It follows the monotonic clock; steps of the wall clock do not change it.
 *  - While the process is down it stands still: it continues from where it was last saved, once a
 *    second. Unsaved time (less than a second) counts as blind.
 *  - A late evaluation advances it by a period and a tenth: heartbeats that arrived meanwhile still
 *    wait in sockets, and must be received before any instance is evaluated. The rest is a `stall`.
 *  - A suspended machine stops the monotonic clock, but not its uptime: the difference is blind.
 *  - While the disk fails, or the outbox is full, heartbeats are rejected: that is blind too.
 *
 * Standing still is not enough for a heartbeat that was lost: the last one before, one lost, the
 * next up to an interval after the return. So every return is noted, and an instance whose last
 * heartbeat was before it gets a part of the threshold from then on (see `deadlineMs`).
 */
export class LogicalClock {
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #saved: SavedClock | undefined;
  readonly #blind = { down: 0, stall: 0, suspend: 0, store: 0 };
  #anchorMs: number;
  #anchorMonotonic: number;
  #anchorUptime: number;
  #checkpointMs: number;
  #returnsMs: number[];
  #isRejecting = false;
  #isReceiving = false;
  /** What the wall clock would show at the anchor had it not been set since the start. */
  #steadyWallMs: number;

  constructor(options: Options) {
    const { clock, uptimeMs } = options;
    const text = options.saved.get(savedKey);
    const saved = text === undefined ? undefined : savedClockSchema.parse(JSON.parse(text));
    this.#options = options;
    this.#clock = clock;
    this.#saved = saved;
    this.#anchorMs = saved?.logicalMs ?? 0;
    this.#anchorMonotonic = clock.monotonic();
    this.#anchorUptime = uptimeMs();
    this.#checkpointMs = saved?.checkpointMs ?? 0;
    this.#returnsMs = saved?.returnsMs ?? [];
    this.#steadyWallMs = clock.now();
    if (!saved) return;
    this.#blind.down = Math.max(0, clock.now() - saved.wallMs);
    this.#noteReturn();
  }

  /** Whole logical milliseconds; never decreases. */
  now(): number {
    const isStanding = this.#isRejecting || !this.#isReceiving;
    const elapsed = isStanding ? 0 : this.#clock.monotonic() - this.#anchorMonotonic;
    return Math.floor(
      this.#anchorMs + Math.min(elapsed, receivingPeriods * this.#options.periodMs()),
    );
  }

  /** Whole epoch milliseconds of a logical time. */
  wallOf(logicalMs: number): number {
    return Math.round(this.#clock.now() - (this.now() - logicalMs));
  }

  /**
   * To be called at each evaluation, and before the time between evaluations changes; with whether
   * heartbeats are rejected.
   */
  advance(isRejecting: boolean): void {
    const monotonic = this.#clock.monotonic();
    const uptime = this.#options.uptimeMs();
    const elapsed = monotonic - this.#anchorMonotonic;
    const uptimeGap = uptime - this.#anchorUptime - elapsed;
    const suspended = uptimeGap > suspendNoticeMs ? uptimeGap : 0;
    const wasRejecting = this.#isRejecting;
    const received = wasRejecting
      ? 0
      : Math.min(elapsed, receivingPeriods * this.#options.periodMs());
    this.#anchorMs += received;
    this.#anchorMonotonic = monotonic;
    this.#anchorUptime = uptime;
    this.#steadyWallMs += elapsed + suspended;
    this.#isRejecting = isRejecting;
    this.#blind[wasRejecting ? 'store' : 'stall'] += elapsed - received;
    this.#blind.suspend += suspended;
    const wasAway =
      wasRejecting || suspended > 0 || elapsed > absentPeriods * this.#options.periodMs();
    if (wasAway && !isRejecting) this.#noteReturn();
  }

  /**
   * Milliseconds by which the wall clock has been set forward since the start. 0 when that is more
   * than a day: the clock was wrong before.
   */
  setForwardMs(): number {
    const steadyMs = this.#steadyWallMs + this.#clock.monotonic() - this.#anchorMonotonic;
    const setMs = this.#clock.now() - steadyMs;
    return setMs > minStepMs && setMs <= maxStepMs ? setMs : 0;
  }

  /** The first return at or after a logical time. */
  firstReturn(sinceMs: number): number | undefined {
    return this.#returnsMs[firstFrom(this.#returnsMs, sinceMs)];
  }

  /** Logical time of a receipt before this start, from its wall clock time. */
  receivedBefore(receivedAtMs: number): number {
    const saved = this.#saved;
    if (!saved) return this.#anchorMs;
    // The wall clock may have been set since: all that came before the checkpoint is in the rows.
    const receivedMs = saved.logicalMs - (saved.wallMs - receivedAtMs);
    // How long the blind time in between was is not known. Nor was anything received before the last
    // return, or an earlier return would be taken for the first one since then.
    const leastMs = Math.max(saved.checkpointMs, saved.returnsMs.at(-1) ?? 0);
    return Math.max(leastMs, Math.min(saved.logicalMs, receivedMs));
  }

  /** The service begins to receive: the time since the clock was made still counts as down. */
  resume(): void {
    this.#isReceiving = true;
    const monotonic = this.#clock.monotonic();
    const elapsed = monotonic - this.#anchorMonotonic;
    // Before the very first start there was no instance to receive from.
    if (this.#saved) this.#blind.down += elapsed;
    this.#steadyWallMs += elapsed;
    this.#anchorMonotonic = monotonic;
    this.#anchorUptime = this.#options.uptimeMs();
  }

  /** The setting to save with every commit; with a checkpoint every received heartbeat is saved. */
  save(isCheckpoint: boolean): readonly [string, string] {
    // If the commit fails, an absence looks a little shorter later: that is no false alarm.
    if (isCheckpoint) this.#checkpointMs = this.now();
    const saved: SavedClock = {
      logicalMs: this.now(),
      wallMs: this.#clock.now(),
      checkpointMs: this.#checkpointMs,
      returnsMs: this.#returnsMs,
    };
    return [savedKey, JSON.stringify(saved)];
  }

  /** Blind milliseconds since this start, and before it back to the last save. */
  blindMs(): Readonly<Record<BlindCause, number>> {
    return { ...this.#blind };
  }

  #noteReturn(): void {
    const nowMs = Math.floor(this.#anchorMs);
    if (this.#returnsMs.at(-1) !== nowMs) this.#returnsMs = thinned([...this.#returnsMs, nowMs]);
  }
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
 * Drops the return that is missed the least. An instance that became absent between the one before
 * and the dropped one gets the next one instead: later by what counts in proportion to its absence.
 * So an event comes some percent late, there is no false alarm, and no death is hidden, however many
 * returns there are.
 */
function thinned(returnsMs: number[]): number[] {
  if (returnsMs.length <= maxReturns) return returnsMs;
  const lastMs = returnsMs.at(-1) ?? 0;
  const delays = returnsMs.slice(2).map((afterMs, index) => {
    const beforeMs = returnsMs[index] ?? 0;
    return (afterMs - beforeMs) / (lastMs - beforeMs);
  });
  return returnsMs.toSpliced(delays.indexOf(Math.min(...delays)) + 1, 1);
}
