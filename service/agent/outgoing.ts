import { mkdirSync } from 'node:fs';
import type { DeliveryMetrics } from '../delivery/attempt.ts';
import { createPump, type Pump } from '../delivery/pump.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { AgentSender } from './sending/sender.ts';
import { Spool } from './spool/spool.ts';
import { repeat } from './watch/repeat.ts';

export type OutgoingOptions = {
  /** Name in the log. */
  readonly destination: string;
  readonly folder: string;
  readonly maxBytes: number;
  /** Records in one request or message. */
  readonly batchRecords: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** Records of this time are written and sent together. */
const collectMs = 1_000;

const backoff = { firstMs: 1_000, maxMs: 30_000 };

/**
 * The way of records to their destination: collected for a second, written to the spool, sent by a
 * pump in their order, the oldest first.
 */
export class Outgoing<T> {
  readonly #options: OutgoingOptions;
  readonly #spool: Spool<T>;
  readonly #pump: Pump;
  readonly #life = new AbortController();
  #sender: AgentSender<T>;
  #collected: T[] = [];
  #collecting: Promise<void> | undefined;

  /** Throws if the folder cannot be used. */
  constructor(options: OutgoingOptions, sender: AgentSender<T>) {
    const { folder, maxBytes, clock, log } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#options = options;
    this.#sender = sender;
    this.#spool = new Spool<T>({ folder, maxBytes, log });
    this.#pump = createPump<T>({
      ...options,
      ...{ clock, log, backoff, metrics: noMetrics, random: Math.random },
      reader: this.#spool,
      deliver: (batch, signal) => this.#sender.send(batch, signal),
      batchWaitMs: 0,
      parallelBatches: 1,
    });
  }

  /** Records that wait, and records that were dropped because the spool was full. */
  status(): { readonly waiting: number; readonly dropped: number } {
    return { waiting: this.#spool.head - this.#spool.cursor, dropped: this.#spool.dropped };
  }

  start(): void {
    const { clock } = this.#options;
    this.#pump.start();
    this.#collecting = repeat(
      { everyMs: collectMs, firstMs: collectMs, clock, signal: this.#life.signal },
      () => this.#write(),
    );
  }

  send(record: T): void {
    this.#collected.push(record);
  }

  /** Keeps a record that the destination rejected while it accepted others of the batch. */
  keepRejected(record: T, reason: string): void {
    this.#options.log.warn(
      { reason },
      'the destination rejected a record: it is kept in rejected.log',
    );
    this.#spool.keepRejected(record, reason);
  }

  /** Sends through another sender from the next batch on. */
  async replaceSender(sender: AgentSender<T>): Promise<void> {
    const before = this.#sender;
    this.#sender = sender;
    await before.close();
  }

  /** Sends what it can for at most `drainMs`; the rest stays on disk. */
  async stop(drainMs: number): Promise<void> {
    this.#life.abort();
    await this.#collecting;
    await this.#write();
    const { left } = await this.#pump.stop(drainMs);
    if (left > 0) this.#options.log.info({ left }, 'records wait on disk for the next start');
    await this.#sender.close();
    await this.#spool.close();
  }

  #write(): Promise<void> {
    const records = this.#collected;
    this.#collected = [];
    return this.#spool.append(records);
  }
}

const none = { inc: () => undefined, set: () => undefined, observe: () => undefined };

/** The agent has no metrics: its own heartbeat has the counts. */
const noMetrics: DeliveryMetrics = {
  deliverySeconds: none,
  deliveredBatches: none,
  deliveredRecords: none,
  deliveryFailures: none,
  rejectedBatches: none,
  deliveryUp: none,
};
