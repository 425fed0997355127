import type { Clock } from '../runtime/clock.ts';

/** A check of the time that is later than this shows that the process was not running. */
const maxGapMs = 500;
/** Time after such a gap in which heartbeats may have waited in a socket since its beginning. */
const doubtMs = 1_000;
/** Share of the time by which a wall clock may be faster without having been set. */
const maxSlew = 0.001;

/**
 * Time in which the age of heartbeats is measured. It never stands still and never goes back: it
 * follows the monotonic clock, and where the wall clock has advanced by half a second more, as after a
 * suspension of the machine, it follows that. A clock that is set forward has the same effect, which
 * is safe: heartbeats look older.
 *
 * After a gap in which the process did not run, heartbeats that arrived meanwhile wait in sockets.
 * For a second, every received heartbeat therefore counts from the beginning of the gap.
 */
export class SteadyTime {
  readonly #clock: Clock;
  #monotonic: number;
  #wall: number;
  /** Time by which the wall clock has advanced more, not yet added. */
  #aheadMs = 0;
  #nowMs = 0;
  #doubt = { sinceMs: 0, untilMs: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#monotonic = clock.monotonic();
    this.#wall = clock.now();
  }

  /** Milliseconds since the start. To be called several times a second, to notice gaps. */
  now(): number {
    const monotonic = this.#clock.monotonic();
    const wall = this.#clock.now();
    const elapsedMs = Math.max(0, monotonic - this.#monotonic);
    const before = this.#nowMs;
    const moreMs = wall - this.#wall - elapsedMs - elapsedMs * maxSlew;
    this.#aheadMs = Math.max(0, this.#aheadMs + moreMs);
    this.#nowMs += elapsedMs;
    if (this.#aheadMs > maxGapMs) {
      this.#nowMs += this.#aheadMs;
      this.#aheadMs = 0;
    }
    this.#monotonic = monotonic;
    this.#wall = wall;
    if (this.#nowMs - before > maxGapMs) this.#noteGap(before);
    return this.#nowMs;
  }

  /** Earliest time at which a heartbeat can have arrived that is received now. */
  arrival(): number {
    const nowMs = this.now();
    return nowMs < this.#doubt.untilMs ? this.#doubt.sinceMs : nowMs;
  }

  /** A gap within the doubt after another one continues it. */
  #noteGap(sinceMs: number): void {
    const isContinued = sinceMs < this.#doubt.untilMs;
    this.#doubt = {
      sinceMs: isContinued ? this.#doubt.sinceMs : sinceMs,
      untilMs: this.#nowMs + doubtMs,
    };
  }
}
