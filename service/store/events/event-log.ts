import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { LivenessEvent } from '../../contract/event.ts';
import type { Batch } from '../../contract/outbox.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { DeadLetters } from '../dead-letters.ts';
import { type StoreFailure, StoreUnavailable } from '../failure.ts';
import type { Contribution, GroupCommit } from '../group-commit.ts';
import { LogReaders, type StoreReader } from '../readers.ts';
import type { Reads } from '../reads.ts';
import type { Statement } from '../writer/messages.ts';
import { createEventRows, type EventScan } from './event-rows.ts';

/**
 * The durable log of events: an outbox for notifiers, and an archive for queries.
 *
 * Invariants, whatever dies:
 *  - an append is one transaction with the statements that came with it: an event is on disk if
 *    and only if the state that it describes is;
 *  - numbers have no gaps and are never used twice for two stored events: they are given when a
 *    commit begins, one commit runs at a time, and a commit that fails gives its numbers back;
 *  - events are removed by age only, lowest numbers first, also when a reader has not reached them:
 *    a destination that never recovers must not fill the disk. Such events are reported with
 *    `onExpiredUndelivered`. The newest event stays, because it holds the last number.
 */
export type EventLog = {
  /** Dead letters of all readers. */
  readonly letters: DeadLetters<LivenessEvent>;
  /**
   * Stores the events and executes the statements, in one commit; resolves when on disk. Throws
   * `StoreUnavailable`: then nothing is changed. Appends commit in their order.
   */
  append(events: readonly LivenessEvent[], also?: readonly Statement[]): Promise<void>;
  /** Registers a reader; a new one begins at the next event, not with the archive. */
  reader(name: string): StoreReader<LivenessEvent>;
  /** Names of the readers of this and of earlier runs. */
  readers(): string[];
  /** Deletes a reader and its cursor. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  /** Number of the newest event on disk; 0 when there never was one. */
  head(): number;
  /** Up to `limit` events after number `afterSeq`, as far back as they are kept. */
  read(afterSeq: number, limit: number): Batch<LivenessEvent>;
  /** Calls `listener` after each commit that appended; returns the function that ends this. */
  onAppend(listener: () => void): () => void;
  /**
   * Number of the event with this id. If it is not kept, the number before the first event with a
   * later id. Reading on behind it skips no later event, and may repeat some, because events are not
   * stored in the order of their times.
   */
  seqOf(id: string): number;
  /** Up to `limit` events in the order of their ids, which is the order of their times. */
  scan(scan: EventScan): LivenessEvent[];
  /**
   * Removes events from before a time, delivered or not, some thousands in one commit; resolves with
   * their number, to be called again until it is 0. Throws `StoreUnavailable`.
   */
  expire(beforeMs: number): Promise<number>;
};

type WaitingAppend = {
  readonly events: readonly LivenessEvent[];
  readonly also: readonly Statement[];
  stored(): void;
  failed(failure: StoreFailure): void;
};

/** Most events removed in one commit, so that no commit behind it waits long. */
const expireEvents = 5_000;

type EventLogOptions = {
  readonly reading: DatabaseSync;
  readonly reads: Reads;
  readonly commits: GroupCommit;
  readonly clock: Clock;
  /** Reports the number of removed events that a reader has not reached. */
  readonly onExpiredUndelivered: (reader: string, events: number) => void;
};

export const createEventLog = (options: EventLogOptions): EventLog => new EventTable(options);

class EventTable implements EventLog {
  readonly #options: EventLogOptions;
  readonly #rows: ReturnType<typeof createEventRows>;
  readonly #readers: LogReaders<LivenessEvent>;
  #head: number;
  /** Kept, because each read needs it. */
  #oldest: number;
  #waiting: WaitingAppend[] = [];

  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#rows = createEventRows(options.reading);
    this.#head = this.#rows.head();
    this.#oldest = this.#rows.oldest();
    this.#readers = new LogReaders(
      {
        stream: 'events',
        head: this.head,
        read: this.read,
        passed: () => [],
        settled: () => undefined,
      },
      options,
    );
    options.commits.join(() => this.#gather());
  }

  get letters(): DeadLetters<LivenessEvent> {
    return this.#readers.letters;
  }

  append = (events: readonly LivenessEvent[], also: readonly Statement[] = []): Promise<void> =>
    new Promise((resolve, reject) => {
      const failed = (failure: StoreFailure) => reject(new StoreUnavailable(failure));
      this.#waiting.push({ events, also, stored: resolve, failed });
      this.#options.commits.schedule();
    });

  reader = (name: string): StoreReader<LivenessEvent> => this.#readers.open(name, this.#head);
  readers = (): string[] => this.#readers.names();
  dismiss = (name: string): Promise<void> => this.#readers.dismiss(name);
  head = (): number => this.#head;
  onAppend = (listener: () => void): (() => void) => this.#readers.onAppend(listener);
  seqOf = (id: string): number => this.#rows.seqOf(id) ?? this.#head;
  scan = (scan: EventScan): LivenessEvent[] => this.#options.reads.run(() => this.#rows.scan(scan));

  read = (afterSeq: number, limit: number): Batch<LivenessEvent> =>
    this.#options.reads.run(() => {
      const from = Math.max(afterSeq, this.#oldest - 1);
      return this.#rows.read(from, Math.max(0, Math.min(limit, this.#head - from)));
    });

  expire = async (beforeMs: number): Promise<number> => {
    const from = this.#oldest;
    const to = this.#rows.lastBefore(beforeMs, Math.min(this.#head - 1, from - 1 + expireEvents));
    if (to < from) return 0;
    const behind = this.#readers.before(to);
    await this.#options.commits.write([['DELETE FROM events WHERE seq <= ?', to]]);
    this.#oldest = to + 1;
    for (const [reader, cursor] of behind) {
      this.#options.onExpiredUndelivered(reader, to - Math.max(cursor, from - 1));
    }
    return to - from + 1;
  };

  #gather(): Contribution | undefined {
    if (this.#waiting.length === 0) return undefined;
    const group = this.#waiting;
    const events = group.flatMap((one) => one.events);
    const beginnings = this.#readers.beginnings();
    this.#waiting = [];
    return {
      statements: [
        ...beginnings,
        ...insertions(events, this.#head + 1),
        ...group.flatMap(({ also }) => also),
      ],
      records: 0,
      committed: () => {
        this.#head += events.length;
        this.#readers.begun(beginnings);
        for (const { stored } of group) stored();
        if (events.length > 0) this.#readers.appended();
      },
      failed: (failure) => {
        for (const { failed } of group) failed(failure);
      },
    };
  }
}

const insert = (rows: number) =>
  `INSERT INTO events (seq, id, at_ms, kind, name, instance, body)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?)').join()}`;
/** One statement of many rows costs the main thread half of a statement for each row. */
const rowsTogether = 50;
const insertMany = insert(rowsTogether);
const insertOne = insert(1);

function insertions(events: readonly LivenessEvent[], firstSeq: number): Statement[] {
  const together = events.length - (events.length % rowsTogether);
  const statements: Statement[] = [];
  const values = (event: LivenessEvent, index: number) => valuesOf(firstSeq + index, event);
  const all = events.map(values);
  for (let at = 0; at < together; at += rowsTogether) {
    statements.push([insertMany, ...all.slice(at, at + rowsTogether).flat()]);
  }
  for (const one of all.slice(together)) statements.push([insertOne, ...one]);
  return statements;
}

function valuesOf(seq: number, event: LivenessEvent): SQLInputValue[] {
  const { id, atMs, kind, subject } = event;
  const name = subject?.name ?? null;
  const instance = subject && 'instance' in subject ? subject.instance : null;
  return [seq, id, atMs, kind, name, instance, JSON.stringify(event)];
}
