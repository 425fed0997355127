import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { LivenessEvent } from '../../contract/event.ts';
import type { Batch } from '../../contract/outbox.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createDeadLetters, type DeadLetters } from '../dead-letters.ts';
import { type StoreFailure, StoreUnavailable } from '../failure.ts';
import type { Contribution, GroupCommit } from '../group-commit.ts';
import { createReaders, type StoreReader } from '../readers.ts';
import type { Reads } from '../reads.ts';
import type { Statement } from '../writer/writer.ts';
import { createEventRows, type EventScan } from './event-rows.ts';

/**
 * The durable log of events: an outbox for those who tell of them, and an archive to look into.
 *
 * Invariants, whatever dies:
 *  - an append is one transaction with the statements that came with it: an event is on disk if
 *    and only if the state that it describes is;
 *  - numbers have no gaps and are never used twice for two stored events: they are given when a
 *    commit begins, one commit runs at a time, and a commit that fails gives its numbers back;
 *  - events are removed by age alone, oldest numbers first; those that a reader has before it are
 *    told of (`onExpiredUndelivered`), for a destination that is never mended must not fill the disk; the newest
 *    one stays, because it remembers the last number.
 */
export type EventLog = DeadLetters<LivenessEvent> & {
  /**
   * Stores the events and does what the statements say, in one commit; resolves when on disk.
   * Throws `StoreUnavailable`: then nothing of it happened. Appends commit in their order.
   */
  append(events: readonly LivenessEvent[], also?: readonly Statement[]): Promise<void>;
  /** Registers a reader; a new one begins at the next event, not with the archive. */
  reader(name: string): StoreReader<LivenessEvent>;
  /** The names of all readers, those of earlier runs too. */
  readers(): string[];
  /** Forgets a reader and its cursor: events no longer wait for it. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  /** The number of the newest event on disk; 0 when there never was one. */
  head(): number;
  /** Up to `limit` events that follow number `afterSeq`, as far back as they are kept. */
  read(afterSeq: number, limit: number): Batch<LivenessEvent>;
  /** Calls `listener` after each commit that appended; returns the function that ends this. */
  onAppend(listener: () => void): () => void;
  /**
   * The number of the event with this id. If it is not there (any more), the number before the
   * first of those with later ids: whoever goes on behind it misses none of them, and may get
   * some once more, for events are not stored in the order of their times.
   */
  seqOf(id: string): number;
  /** Up to `limit` events in the order of their ids, which is that of their times. */
  scan(scan: EventScan): LivenessEvent[];
  /** Events that wait for the slowest reader. */
  depth(): number;
  /** When the oldest event that waits became true. */
  oldestAtMs(): number | undefined;
  /**
   * Removes events from before a time, some thousands a commit, whether they were told or not, and
   * says how many: to be called again while it is not 0. Throws `StoreUnavailable`.
   */
  expire(beforeMs: number): Promise<number>;
};

type Waiting = {
  readonly events: readonly LivenessEvent[];
  readonly also: readonly Statement[];
  stored(): void;
  failed(failure: StoreFailure): void;
};

/** Removed at most in one commit, so that no commit behind it waits long. */
const expireEvents = 5_000;

export function createEventLog(options: {
  reading: DatabaseSync;
  reads: Reads;
  commits: GroupCommit;
  clock: Clock;
  /** Events are removed that a reader has not come to. */
  onExpiredUndelivered: (reader: string, events: number) => void;
}): EventLog {
  const { reading, reads, commits, onExpiredUndelivered } = options;
  const stream = 'events';
  const rows = createEventRows(reading);
  let head = rows.head();
  /** Asked at each read. */
  let oldest = rows.oldest();
  let waiting: Waiting[] = [];

  const read = (afterSeq: number, limit: number): Batch<LivenessEvent> =>
    reads.run(() => {
      const from = Math.max(afterSeq, oldest - 1);
      return rows.read(from, Math.max(0, Math.min(limit, head - from)));
    });
  const letters = createDeadLetters<LivenessEvent>(stream, reading, reads, commits);
  const readers = createReaders<LivenessEvent>(
    {
      stream,
      head: () => head,
      read,
      passed: () => [],
      settled: () => undefined,
      lettersKept: letters.changed,
    },
    options,
  );

  commits.join((): Contribution | undefined => {
    if (waiting.length === 0) return undefined;
    const group = waiting;
    const events = group.flatMap((one) => one.events);
    const beginnings = readers.beginnings();
    waiting = [];
    return {
      statements: [
        ...beginnings,
        ...insertions(events, head + 1),
        ...group.flatMap(({ also }) => also),
      ],
      records: 0,
      committed() {
        head += events.length;
        readers.begun(beginnings);
        for (const { stored } of group) stored();
        if (events.length > 0) readers.appended();
      },
      failed(failure) {
        for (const { failed } of group) failed(failure);
      },
    };
  });

  return {
    append: (events, also = []) =>
      new Promise((resolve, reject) => {
        const failed = (failure: StoreFailure) => reject(new StoreUnavailable(failure));
        waiting.push({ events, also, stored: resolve, failed });
        commits.schedule();
      }),
    reader: (name) => readers.open(name, head),
    readers: readers.names,
    dismiss: readers.dismiss,
    head: () => head,
    read,
    onAppend: readers.onAppend,
    seqOf: (id) => rows.seqOf(id) ?? head,
    scan: (scan) => reads.run(() => rows.scan(scan)),
    depth: () => head - readers.slowestDelivery(),
    oldestAtMs: () =>
      head === readers.slowestDelivery()
        ? undefined
        : rows.read(readers.slowestDelivery(), 1).records[0]?.atMs,
    async expire(beforeMs) {
      const from = oldest;
      const to = rows.lastBefore(beforeMs, Math.min(head - 1, from - 1 + expireEvents));
      if (to < from) return 0;
      const untold = readers.before(to);
      await commits.write([['DELETE FROM events WHERE seq <= ?', to]]);
      oldest = to + 1;
      for (const [reader, cursor] of untold)
        onExpiredUndelivered(reader, to - Math.max(cursor, from - 1));
      return to - from + 1;
    },
    deadLetterCount: letters.deadLetterCount,
    deadLetters: letters.deadLetters,
    removeDeadLetters: letters.removeDeadLetters,
  };
}

const insert = (rows: number) =>
  `INSERT INTO events (seq, id, at_ms, kind, name, instance, body)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?)').join()}`;
/** A statement of many rows costs the main thread half of what one for each would. */
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
