import type { Batch, DeadLetter, OutboxReader } from '../contract/outbox.ts';
import { type Destination, type Outcome, retry, wasDelivered } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { createWakeUp, type WakeUp } from '../runtime/concurrency/wake-up.ts';
import { withTimeout } from '../runtime/concurrency/with-timeout.ts';
import type { Log } from '../runtime/log.ts';
import { createAttempt, type DeliveryMetrics } from './attempt.ts';
import { type Backoff, fullJitter, type Random } from './backoff.ts';
import {
  type CursorWindow,
  finish,
  handOut,
  lastHandedOut,
  moveCursor,
  openWindow,
  settled,
} from './cursor-window.ts';
import { NextBatch } from './next-batch.ts';
import { createOutageGate, type OutageGate } from './outage.ts';
import { DeliveryState, type PumpStatus } from './pump-status.ts';
import { retryForever } from './retry-forever.ts';
import { isolateRejected } from './split.ts';

/*
 * The pump carries the records of one outbox to one destination. Only the pump retries. Guarantees,
 * whatever the destination, the store and the process do:
 *
 *  1. The durable cursor never passes a record that was neither taken by the destination nor kept
 *     as a dead letter; a dead letter and the cursor that passes it are one commit.
 *  2. So records in flight when the process dies are delivered again: at least once. The number of
 *     possible duplicates is bounded: at most 4 × `parallelBatches` batches are handed out beyond
 *     the durable cursor, however slow or full the disk.
 *  3. With one batch in flight (`parallelBatches: 1`) records are delivered in their order: a batch is
 *     finished, down to its last half, before the next one starts.
 *  4. While the destination fails, one call at a time tries whether it works again, and no new batch
 *     starts. There is no limit in time: a record becomes a dead letter only when the destination
 *     rejects it. A destination that returns `retry` for a record that it will never take blocks the
 *     records behind it: the destination must distinguish the two cases (see `Outcome`).
 *  5. A rejected batch is halved until the rejected records stand alone.
 *  6. The pump runs until it is stopped. A store that fails is tried again, and so is a destination
 *     that throws. But a call that never returns stays in flight: a destination bounds the time of
 *     its calls, and ends them when the signal aborts.
 *
 * When everything is rejected, the cause may be an address or a proxy and not the records. The pump
 * cannot know, and one bad emitter must not stop the delivery of all others. So rejected records
 * become dead letters, which are kept, counted and can be delivered later, but slowly: after a batch
 * of which not one record was taken, the pump pauses (a back-off that grows with each such batch in
 * a row) and continues with one batch at a time, until a record is taken. A backlog turns into dead
 * letters one batch a pause, not within a minute.
 */

/** Batches beyond the durable cursor, for each in flight: delivery need not wait for fsync. */
const batchesAhead = 4;

/** How often a pump that is held checks whether it still is. */
const heldMs = 250;

/** Time for a call under way to return after its signal has aborted. */
const abortGraceMs = 1_000;

export type PumpOptions<T> = {
  /** Label of logs and metrics, from a closed set. */
  readonly destination: string;
  readonly reader: OutboxReader<T>;
  readonly deliver: Destination<T>;
  readonly batchRecords: number;
  /** Selects the records that make up a batch: see `NextBatch`. */
  readonly wants?: ((record: T) => boolean) | undefined;
  /** Time that a batch which is not full waits for more records. */
  readonly batchWaitMs: number;
  /** Whether deliveries pause for now: records wait, which is no outage. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Batches under way at the same time; 1 keeps the order of records. */
  readonly parallelBatches: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: DeliveryMetrics;
};

export type Pump = {
  start(): void;
  /**
   * Continues until no record is left, `drainMs` are over or the destination fails, then aborts the
   * calls under way. Afterwards the pump does not touch the outbox. A pump is not started twice.
   * `left` is the number of records that the next process will deliver.
   */
  stop(drainMs: number): Promise<PumpStopped>;
  status(): PumpStatus;
};

type PumpStopped = { readonly drained: boolean; readonly left: number };

export const createPump = <T>(options: PumpOptions<T>): Pump => new OutboxPump(options);

class OutboxPump<T> implements Pump {
  readonly #options: PumpOptions<T>;
  readonly #log: Log;
  readonly #next: NextBatch<T>;
  readonly #attempt: Destination<T>;
  readonly #gate: OutageGate;
  readonly #state: DeliveryState;
  readonly #wakeUp: WakeUp;
  readonly #life = new AbortController();
  readonly #flights = new Set<Promise<void>>();

  #window: CursorWindow<T>;
  #running: Promise<void> | undefined;
  #settling: Promise<void> | undefined;
  #stopped: Promise<PumpStopped> | undefined;
  #isDraining = false;
  #isClosed = false;
  #endListening: (() => void) | undefined;

  /** Monotonic time when the oldest (wanted) record that is not handed out was first seen. */
  #waitingSinceMs: number | undefined;
  /** Batches in a row of which not one record was taken, and the end of the pause after them. */
  #rejectedBatches = 0;
  #pauseUntilMs = 0;

  constructor(options: PumpOptions<T>) {
    const { destination, reader, clock, log } = options;
    this.#options = options;
    this.#log = log.child({ destination });
    this.#next = new NextBatch({ wants: undefined, ...options, log: this.#log });
    this.#attempt = createAttempt({ ...options, log: this.#log });
    this.#wakeUp = createWakeUp(clock);
    this.#state = new DeliveryState({ ...options, log: this.#log, behind: this.#behind });
    this.#gate = createOutageGate({
      ...options,
      signal: this.#life.signal,
      onBegin: (outage) => {
        this.#state.outageBegan(outage);
        this.#wakeUp.notify();
      },
      onEnd: (outage) => {
        this.#state.outageEnded(outage);
        this.#wakeUp.notify();
      },
    });
    this.#window = openWindow(reader.cursor);
  }

  start(): void {
    if (this.#running || this.#stopped) return;
    this.#state.setUp(true);
    this.#endListening = this.#options.reader.onAppend(() => this.#appended());
    if (this.#waiting() > 0) this.#appended();
    this.#running = this.#run();
  }

  stop(drainMs: number): Promise<PumpStopped> {
    this.#stopped ??= this.#stop(drainMs);
    return this.#stopped;
  }

  status(): PumpStatus {
    return {
      ...this.#state.status(),
      inFlight: this.#flights.size,
      cursor: this.#window.cursor,
      behind: this.#behind(),
    };
  }

  #waiting = (): number => this.#options.reader.head - lastHandedOut(this.#window);
  #behind = (): number => this.#options.reader.head - this.#window.cursor;
  #isDrained = (): boolean =>
    this.#isDraining && (this.#behind() === 0 || this.#gate.outage !== undefined || this.#isHeld());
  #isHeld = (): boolean => this.#options.isHeld?.() ?? false;

  async #run(): Promise<void> {
    while (!this.#life.signal.aborted && !this.#isDrained()) {
      const waitMs = this.#msUntilNextBatch();
      if (waitMs > 0) await this.#wakeUp.wait(waitMs);
      else await this.#startBatch();
    }
  }

  #msUntilNextBatch(): number {
    const { batchWaitMs, clock } = this.#options;
    if (this.#waiting() === 0 || !this.#mayStart()) return Infinity;
    if (this.#isHeld()) return heldMs;
    const now = clock.monotonic();
    const { isFull, isFirstWanted } = this.#next.peek(lastHandedOut(this.#window));
    if (isFirstWanted) this.#waitingSinceMs = now;
    const isComplete = isFull || this.#isDraining;
    const dueAtMs = isComplete ? now : (this.#waitingSinceMs ?? now) + batchWaitMs;
    return Math.max(dueAtMs, this.#pauseUntilMs) - now;
  }

  #mayStart(): boolean {
    const allowed = this.#rejectedBatches > 0 ? 1 : this.#options.parallelBatches;
    const isAhead = this.#window.batches.length >= batchesAhead * this.#options.parallelBatches;
    return !this.#gate.outage && !isAhead && this.#flights.size < allowed;
  }

  async #startBatch(): Promise<void> {
    const batch = await this.#retryForever('reading the outbox', () =>
      this.#next.read(lastHandedOut(this.#window)),
    );
    // The read may have taken long while the store failed: an outage may have begun.
    if (!batch || !this.#mayStart()) return;
    this.#window = handOut(this.#window, batch);
    this.#waitingSinceMs = this.#waiting() > 0 ? this.#options.clock.monotonic() : undefined;
    const flight = this.#carry(batch).finally(() => {
      this.#flights.delete(flight);
      this.#wakeUp.notify();
    });
    this.#flights.add(flight);
  }

  #appended(): void {
    const isFirst = this.#waitingSinceMs === undefined;
    this.#waitingSinceMs ??= this.#options.clock.monotonic();
    this.#state.update();
    // Appends come by the thousand: the loop is woken only by one that can change what it does.
    const { batchRecords, wants } = this.#options;
    const mayMatter = isFirst || wants || this.#waiting() >= batchRecords;
    if (mayMatter && this.#mayStart()) this.#wakeUp.notify();
  }

  /** One batch, to its end. */
  async #carry(batch: Batch<T>): Promise<void> {
    const flight = this.#gate.openFlight();
    const progress = { isTaken: false };
    const rejected = await isolateRejected(batch, (some) =>
      flight(() => this.#deliver(some, progress)),
    );
    if (!rejected || this.#isClosed) return;
    if (rejected.length > 0) this.#noteRejected(batch, rejected, progress.isTaken);
    this.#window = finish(this.#window, batch.firstSeq, rejected);
    if (settled(this.#window)) this.#settling ??= this.#settle();
  }

  async #deliver(records: readonly T[], progress: { isTaken: boolean }): Promise<Outcome> {
    const { signal } = this.#life;
    await this.#untilReleased();
    if (signal.aborted) return retry('aborted', 'the delivery was aborted');
    const outcome = await this.#attempt(records, signal);
    if (wasDelivered(outcome)) {
      progress.isTaken = true;
      this.#state.noteSuccess();
      this.#rejectedBatches = 0;
      this.#pauseUntilMs = 0;
    } else if (outcome.kind === 'retry' && !signal.aborted) {
      this.#state.noteFailure(outcome);
    }
    return outcome;
  }

  /** A batch that is under way when the hold begins waits for its end. */
  async #untilReleased(): Promise<void> {
    if (!this.#isHeld()) return;
    const { signal } = this.#life;
    this.#state.setUp(true);
    while (this.#isHeld() && !signal.aborted) await this.#options.clock.sleep(heldMs, signal);
    if (this.#gate.outage) this.#state.setUp(false);
  }

  #noteRejected(batch: Batch<T>, rejected: readonly DeadLetter<T>[], isTaken: boolean): void {
    const { clock, backoff, random } = this.#options;
    this.#log.warn(
      { deadLetters: rejected.length, records: batch.records.length, reason: rejected[0]?.reason },
      'destination rejected records: they are kept as dead letters',
    );
    const now = clock.monotonic();
    // Batches that were under way together count once.
    if (isTaken || now < this.#pauseUntilMs) return;
    this.#pauseUntilMs = now + fullJitter(backoff, this.#rejectedBatches, random);
    this.#rejectedBatches += 1;
  }

  /** One commit at a time, each as far as the window then allows. */
  async #settle(): Promise<void> {
    while (settled(this.#window)) {
      const seq = await this.#retryForever('settling deliveries in the outbox', async () => {
        const due = settled(this.#window);
        if (due) await this.#options.reader.settle(due.seq, due.deadLetters);
        return due?.seq;
      });
      if (seq === undefined) break;
      this.#window = moveCursor(this.#window, seq);
      this.#state.update();
      this.#wakeUp.notify();
    }
    this.#settling = undefined;
  }

  #retryForever<R>(what: string, action: () => R | Promise<R>): Promise<R | undefined> {
    const { signal } = this.#life;
    return retryForever(action, { ...this.#options, what, log: this.#log, signal });
  }

  async #stop(drainMs: number): Promise<PumpStopped> {
    const { clock } = this.#options;
    this.#isDraining = true;
    this.#wakeUp.notify();
    if (this.#running) await withTimeout(drainMs, this.#running, clock);
    this.#life.abort();
    this.#wakeUp.notify();
    this.#endListening?.();
    const underWay = Promise.all([this.#running, ...this.#flights]).then(() => this.#settling);
    await withTimeout(abortGraceMs, underWay, clock);
    this.#isClosed = true;
    const left = this.#behind();
    return { drained: left === 0, left };
  }
}
