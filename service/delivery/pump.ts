import type { Batch, DeadLetter, OutboxReader } from '../contract/outbox.ts';
import { type Destination, type Outcome, type RetryReason, wasTaken } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { createAttempt } from './attempt.ts';
import { type Backoff, fullJitter, type Random } from './backoff.ts';
import { type Bell, createBell } from './bell.ts';
import {
  type CursorWindow,
  finish,
  handOut,
  lastHandedOut,
  moveCursor,
  openWindow,
  settled,
} from './cursor-window.ts';
import { createNextBatch, type NextBatch } from './next-batch.ts';
import { createOutageGate, type Outage, type OutageGate } from './outage.ts';
import { retryForever } from './retry-forever.ts';
import { isolateRefused } from './split.ts';
import { withTimeout } from './with-timeout.ts';

/*
 * The pump carries the records of one outbox to one destination. It is the only place that tries
 * again. What holds, whatever the destination, the store and the process do:
 *
 *  1. The durable cursor never passes a record that was neither taken by the destination nor kept
 *     as a dead letter; a dead letter and the cursor that passes it are one commit.
 *  2. So whatever is lost with the process is delivered again: at least once, never not at all. How
 *     much may come twice is bounded: no more than 4 × `parallelBatches` batches are handed out
 *     beyond the durable cursor, however slow or full the disk.
 *  3. With one batch in flight (`parallelBatches: 1`) records are delivered in their order: a batch is
 *     finished, down to its last half, before the next one starts.
 *  4. While the destination fails, one call at a time asks whether it is back, and no new batch
 *     starts. It fails for as long as it likes: a record is given up only when the destination
 *     refuses it. A destination that answers "later" to a record that it will never take blocks
 *     what follows; to tell the two apart is its duty (see `Outcome`).
 *  5. A refused batch is halved until the refused records stand alone.
 *  6. The pump does not end before it is stopped. A store that fails is tried again, and so is a
 *     destination that throws. But a call that never returns stays in flight: a destination bounds
 *     the time of its calls, and ends them when the signal aborts.
 *
 * When everything is refused, what is wrong may be an address or a proxy and not the records. The
 * pump cannot know, and stopping for good would let one bad emitter stop everybody's delivery. So
 * refused is refused: they become dead letters, which are kept, counted and can be delivered later.
 * But it gets slow about it: after a batch of which not one record was taken, it rests (a back-off
 * that grows with each such batch in a row) and then goes on with one batch at a time, until a
 * record is taken. A backlog is so turned into dead letters one batch a rest, not in a minute.
 */

/** Batches beyond the durable cursor, for each in flight: delivery need not wait for fsync. */
const batchesAhead = 4;

/** After the signal to give up, a call under way has this long to say what became of it. */
const abortGraceMs = 1_000;

export type PumpOptions<T> = {
  /** The label of logs and metrics; from a closed set. */
  readonly destination: string;
  readonly reader: OutboxReader<T>;
  readonly deliver: Destination<T>;
  readonly batchRecords: number;
  /** Which records concern the destination, where a batch is to be made of those: `NextBatch`. */
  readonly wants?: ((record: T) => boolean) | undefined;
  /** How long a batch that is not full waits for more records. */
  readonly batchWaitMs: number;
  /** Batches under way at the same time; 1 keeps the order of records. */
  readonly parallelBatches: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
};

/** All times are epoch milliseconds. */
export type PumpStatus = {
  /** `idle`: nothing waits. */
  readonly state: 'idle' | 'delivering' | 'outage';
  readonly since: number;
  /** When the destination last took something. */
  readonly lastSuccess?: number;
  readonly lastFailure?: {
    readonly at: number;
    readonly reason: RetryReason;
    readonly detail: string;
  };
  /** Batches under way. */
  readonly inFlight: number;
  readonly cursor: number;
  /** Records on disk that the cursor has not passed. */
  readonly behind: number;
};

export type Pump = {
  start(): void;
  /**
   * Goes on delivering until nothing is left, `drainMs` are over or the destination fails; then
   * aborts what is under way. Afterwards the outbox is not touched any more. A pump is not started
   * twice. `left` are the records that the next process will deliver.
   */
  stop(drainMs: number): Promise<{ drained: boolean; left: number }>;
  status(): PumpStatus;
};

export const createPump = <T>(options: PumpOptions<T>): Pump => new OutboxPump(options);

class OutboxPump<T> implements Pump {
  readonly #options: PumpOptions<T>;
  readonly #log: Log;
  readonly #next: NextBatch<T>;
  readonly #attempt: Destination<T>;
  readonly #gate: OutageGate;
  readonly #bell: Bell;
  readonly #life = new AbortController();
  readonly #flights = new Set<Promise<void>>();

  #window: CursorWindow<T>;
  #running: Promise<void> | undefined;
  #settling: Promise<void> | undefined;
  #stopped: Promise<{ drained: boolean; left: number }> | undefined;
  #isDraining = false;
  #isClosed = false;
  #stopListening: (() => void) | undefined;

  /** When the oldest record (that is wanted) and not handed out was first seen; monotonic. */
  #waitingSinceMs: number | undefined;
  /** Batches in a row of which not one record was taken, and until when that makes us rest. */
  #refusedBatches = 0;
  #restUntilMs = 0;

  #state: PumpStatus['state'] = 'idle';
  #stateSince: number;
  #lastSuccess: number | undefined;
  #lastFailure: PumpStatus['lastFailure'];

  constructor(options: PumpOptions<T>) {
    const { destination, reader, clock, backoff, random, log } = options;
    this.#options = options;
    this.#log = log.child({ destination });
    this.#next = createNextBatch({ wants: undefined, ...options, log: this.#log });
    this.#attempt = createAttempt({ ...options, log: this.#log });
    this.#bell = createBell(clock);
    this.#gate = createOutageGate({
      backoff,
      clock,
      random,
      signal: this.#life.signal,
      onBegin: (outage) => this.#outageBegan(outage),
      onEnd: (outage) => this.#outageEnded(outage),
    });
    this.#window = openWindow(reader.cursor);
    this.#stateSince = clock.now();
  }

  start(): void {
    if (this.#running || this.#stopped) return;
    const { destination, reader, metrics } = this.#options;
    metrics.deliveryUp.set({ destination }, 1);
    this.#stopListening = reader.onAppend(() => this.#appended());
    if (this.#waiting() > 0) this.#appended();
    this.#running = this.#run();
  }

  stop(drainMs: number): Promise<{ drained: boolean; left: number }> {
    this.#stopped ??= this.#stop(drainMs);
    return this.#stopped;
  }

  status(): PumpStatus {
    this.#noteState();
    return {
      state: this.#state,
      since: this.#stateSince,
      ...(this.#lastSuccess === undefined ? {} : { lastSuccess: this.#lastSuccess }),
      ...(this.#lastFailure ? { lastFailure: this.#lastFailure } : {}),
      inFlight: this.#flights.size,
      cursor: this.#window.cursor,
      behind: this.#behind(),
    };
  }

  // --- Handing out ---

  async #run(): Promise<void> {
    while (!this.#life.signal.aborted && !this.#isDrained()) {
      const waitMs = this.#msUntilNextBatch();
      if (waitMs > 0) await this.#bell.wait(waitMs);
      else await this.#startBatch();
    }
  }

  #msUntilNextBatch(): number {
    const { batchWaitMs, clock } = this.#options;
    if (this.#waiting() === 0 || !this.#mayStart()) return Infinity;
    const now = clock.monotonic();
    const { isFull, isFirstWanted } = this.#next.look(lastHandedOut(this.#window));
    if (isFirstWanted) this.#waitingSinceMs = now;
    const isComplete = isFull || this.#isDraining;
    const dueAtMs = isComplete ? now : (this.#waitingSinceMs ?? now) + batchWaitMs;
    return Math.max(dueAtMs, this.#restUntilMs) - now;
  }

  #mayStart(): boolean {
    const allowed = this.#refusedBatches > 0 ? 1 : this.#options.parallelBatches;
    const isAhead = this.#window.batches.length >= batchesAhead * this.#options.parallelBatches;
    return !this.#gate.outage && !isAhead && this.#flights.size < allowed;
  }

  async #startBatch(): Promise<void> {
    const batch = await this.#retryForever('reading the outbox', () =>
      this.#next.read(lastHandedOut(this.#window)),
    );
    // The read may have taken a while, when the store was unwell: an outage may have begun.
    if (!batch || !this.#mayStart()) return;
    this.#window = handOut(this.#window, batch);
    this.#waitingSinceMs = this.#waiting() > 0 ? this.#options.clock.monotonic() : undefined;
    const flight = this.#carry(batch).finally(() => {
      this.#flights.delete(flight);
      this.#bell.ring();
    });
    this.#flights.add(flight);
  }

  #appended(): void {
    const isFirst = this.#waitingSinceMs === undefined;
    this.#waitingSinceMs ??= this.#options.clock.monotonic();
    this.#noteState();
    // Appends come by the thousand: the loop is woken only by one that can change what it does.
    const { batchRecords, wants } = this.#options;
    const mayMatter = isFirst || wants || this.#waiting() >= batchRecords;
    if (mayMatter && this.#mayStart()) this.#bell.ring();
  }

  // --- One batch, to its end ---

  async #carry(batch: Batch<T>): Promise<void> {
    const flight = this.#gate.openFlight();
    const fate = { isTaken: false };
    const refused = await isolateRefused(batch, (some) => flight(() => this.#try(some, fate)));
    if (!refused || this.#isClosed) return;
    if (refused.length > 0) this.#noteRefused(batch, refused, fate.isTaken);
    this.#window = finish(this.#window, batch.firstSeq, refused);
    if (settled(this.#window)) this.#settling ??= this.#settle();
  }

  async #try(records: readonly T[], fate: { isTaken: boolean }): Promise<Outcome> {
    const { signal } = this.#life;
    const outcome = await this.#attempt(records, signal);
    const at = this.#options.clock.now();
    if (wasTaken(outcome)) {
      fate.isTaken = true;
      this.#lastSuccess = at;
      this.#refusedBatches = 0;
      this.#restUntilMs = 0;
    } else if (outcome.kind === 'retry' && !signal.aborted) {
      this.#lastFailure = { at, reason: outcome.reason, detail: outcome.detail };
    }
    return outcome;
  }

  #noteRefused(batch: Batch<T>, refused: readonly DeadLetter<T>[], isTaken: boolean): void {
    const { clock, backoff, random } = this.#options;
    this.#log.warn(
      { deadLetters: refused.length, records: batch.records.length, reason: refused[0]?.reason },
      'the destination refused records: they are kept as dead letters',
    );
    const now = clock.monotonic();
    // Batches that were under way together tell the same thing once.
    if (isTaken || now < this.#restUntilMs) return;
    this.#restUntilMs = now + fullJitter(backoff, this.#refusedBatches, random);
    this.#refusedBatches += 1;
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
      this.#noteState();
      this.#bell.ring();
    }
    this.#settling = undefined;
  }

  #retryForever<R>(what: string, action: () => R | Promise<R>): Promise<R | undefined> {
    const { backoff, clock, random } = this.#options;
    const { signal } = this.#life;
    return retryForever(action, { what, backoff, clock, random, log: this.#log, signal });
  }

  // --- Outage, state ---

  #outageBegan({ reason, detail }: Outage): void {
    const { destination, metrics } = this.#options;
    metrics.deliveryUp.set({ destination }, 0);
    this.#log.warn({ reason, detail, behind: this.#behind() }, 'delivery fails: records wait');
    this.#noteState();
    this.#bell.ring();
  }

  #outageEnded({ beganAtMs, attempts }: Outage): void {
    const { destination, metrics, clock } = this.#options;
    metrics.deliveryUp.set({ destination }, 1);
    const durationMs = Math.round(clock.monotonic() - beganAtMs);
    this.#log.info({ durationMs, attempts, behind: this.#behind() }, 'delivery works again');
    this.#noteState();
    this.#bell.ring();
  }

  #noteState(): void {
    const working = this.#behind() === 0 ? 'idle' : 'delivering';
    const state = this.#gate.outage ? 'outage' : working;
    if (state === this.#state) return;
    this.#state = state;
    this.#stateSince = this.#options.clock.now();
  }

  #waiting = (): number => this.#options.reader.head - lastHandedOut(this.#window);
  #behind = (): number => this.#options.reader.head - this.#window.cursor;

  // --- The end ---

  #isDrained = (): boolean =>
    this.#isDraining && (this.#behind() === 0 || this.#gate.outage !== undefined);

  async #stop(drainMs: number): Promise<{ drained: boolean; left: number }> {
    const { clock } = this.#options;
    this.#isDraining = true;
    this.#bell.ring();
    if (this.#running) await withTimeout(drainMs, this.#running, clock);
    this.#life.abort();
    this.#bell.ring();
    this.#stopListening?.();
    const underWay = Promise.all([this.#running, ...this.#flights]).then(() => this.#settling);
    await withTimeout(abortGraceMs, underWay, clock);
    this.#isClosed = true;
    const left = this.#behind();
    return { drained: left === 0, left };
  }
}
