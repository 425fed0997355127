import type { DatabaseSync } from 'node:sqlite';
import type { Batch } from '../../contract/outbox.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createDeadLetters, type DeadLetters } from '../dead-letters.ts';
import { type StoreFailure, StoreUnavailable } from '../failure.ts';
import type { Contribution, GroupCommit } from '../group-commit.ts';
import { createReaders, type ReaderKind, type StoreReader } from '../readers.ts';
import type { Reads } from '../reads.ts';
import type { Statement } from '../writer/writer.ts';
import { createRowReader } from './rows.ts';

/**
 * The durable, ordered log of one stream of records.
 *
 * Invariants, whatever dies:
 *  - an append that was reported `stored` is on disk, and its records are read by every reader;
 *  - numbers have no gaps and are never used twice for two stored records: they are given when a
 *    commit begins, one commit runs at a time, and a commit that fails gives its numbers back.
 *    A file that was damaged and recovered has gaps: no number is given again that a reader has
 *    passed, and reading goes on behind what is missing;
 *  - a row is deleted only when every registered reader's durable cursor has passed its last
 *    record; the newest row stays, because it remembers the last number;
 *  - at most `maxRecords` records wait: beyond that appends are refused, nothing is dropped.
 */
export type Outbox<T> = DeadLetters<T> & {
  append(records: readonly T[]): Promise<AppendResult>;
  /** Registers a reader; a new one begins at the oldest record that is still there. */
  reader(name: string, kind?: ReaderKind): StoreReader<T>;
  /** The readers of this and of earlier runs that records are kept for. */
  readers(): string[];
  /** Keeps nothing for this reader any more. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  /**
   * Hands over what each commit stored, right after those who sent it were answered: for whoever
   * follows the log in memory and reads it only to begin with.
   */
  onStored(listener: (batch: Batch<T>) => void): void;
  /** Appends that were refused or failed since the start. */
  refused(): number;
  /** The number of records that wait for the slowest reader that delivers. */
  depth(): number;
  /** When the oldest record that waits was stored, in epoch milliseconds. Throws `StoreUnavailable`. */
  oldestAtMs(): number | undefined;
};

export type AppendResult =
  | { readonly kind: 'stored' }
  | { readonly kind: 'full' }
  | { readonly kind: 'unavailable'; readonly failure: StoreFailure };

/** The records of a row; more of them go to a second one. Bounds what a read has to parse. */
const rowRecords = 1_000;
/** Deleted at most in one commit, so that no commit behind it waits long. */
const trimRecords = 20_000;
/** What may wait in memory for a disk that is slow; but a single append is never too much. */
const maxWaiting = 200_000;
const tooMuchWaits: AppendResult = {
  kind: 'unavailable',
  failure: { reason: 'io', detail: `${maxWaiting} heartbeats wait for the disk already` },
};

const stored: AppendResult = { kind: 'stored' };

export function createOutbox<T>(options: {
  stream: 'heartbeats';
  reading: DatabaseSync;
  reads: Reads;
  commits: GroupCommit;
  maxRecords: number;
  /** Why nothing more is taken at the moment, although a commit might succeed. */
  refusal: () => StoreFailure | undefined;
  clock: Clock;
}): Outbox<T> {
  const { stream, reading, reads, commits, maxRecords, refusal, clock } = options;
  const table = `outbox_${stream}`;
  const rows = createRowReader<T>(reading, table);
  const sql = statements(table);

  const listeners: ((batch: Batch<T>) => void)[] = [];
  let head = rows.head();
  let trimmedTo = rows.oldest();
  let waiting: { records: readonly T[]; answer: (result: AppendResult) => void }[] = [];
  let waitingRecords = 0;
  let refused = 0;

  const letters = createDeadLetters<T>(stream, reading, reads, commits);
  const readers = createReaders<T>(
    {
      stream,
      head: () => head,
      read: (afterSeq, limit) =>
        reads.run(() => rows.read(afterSeq, Math.min(limit, head - afterSeq))),
      passed: (done) => trimming(done, done === head ? 1 : rowRecords),
      settled: (done) => void trimOn(done),
      lettersKept: (reader) => letters.changed(reader),
    },
    { reading, commits, clock },
  );
  // A file that was mended may have lost records that a reader was past.
  head = Math.max(head, readers.furthest());

  function gather(): Contribution | undefined {
    if (waiting.length === 0) return undefined;
    const group = waiting;
    const count = waitingRecords;
    const records =
      group.length === 1 ? (group[0]?.records ?? []) : group.flatMap((g) => g.records);
    const begun = readers.beginnings();
    waiting = [];
    waitingRecords = 0;
    return {
      statements: [
        ...insertions(records),
        ...begun,
        ...(readers.size === 0 ? trimming(head, rowRecords) : []),
      ],
      records: count,
      committed() {
        const firstSeq = head + 1;
        head += count;
        readers.begun(begun);
        for (const { answer } of group) answer(stored);
        for (const listener of listeners) listener({ firstSeq, records });
        readers.appended();
      },
      failed(failure) {
        refused += group.length;
        for (const { answer } of group) answer({ kind: 'unavailable', failure });
      },
    };
  }

  function insertions(all: readonly T[]): Statement[] {
    const made: Statement[] = [];
    for (let at = 0; at < all.length; at += rowRecords) {
      const part = all.length <= rowRecords ? all : all.slice(at, at + rowRecords);
      made.push([sql.insert, head + at + 1, part.length, clock.now(), JSON.stringify(part)]);
    }
    return made;
  }

  /** Called when a commit is made anyway; `atLeast` says how many records are worth the while. */
  function trimming(done: number, atLeast: number): Statement[] {
    if (done - trimmedTo < atLeast) return [];
    trimmedTo = Math.min(done, trimmedTo + trimRecords);
    return [[sql.trim, trimmedTo]];
  }

  let isTrimming = false;
  /** What one settlement leaves to be deleted goes in commits of its own, a piece in each. */
  async function trimOn(done: number): Promise<void> {
    if (isTrimming) return;
    isTrimming = true;
    try {
      for (let piece = trimming(done, rowRecords); piece.length > 0; ) {
        await commits.write(piece);
        piece = trimming(done, rowRecords);
      }
    } catch (error) {
      // The next settlement deletes what was not deleted now.
      if (!(error instanceof StoreUnavailable)) throw error;
    } finally {
      isTrimming = false;
    }
  }

  const depth = () => head - readers.slowestDelivery();

  function refusalOf(count: number): AppendResult | undefined {
    const failure = refusal();
    if (failure) return { kind: 'unavailable', failure };
    if (depth() + waitingRecords + count > maxRecords) return { kind: 'full' };
    return waitingRecords > 0 && waitingRecords + count > maxWaiting ? tooMuchWaits : undefined;
  }

  commits.join(gather);

  return {
    append(records) {
      if (records.length === 0) return Promise.resolve(stored);
      const refusal = refusalOf(records.length);
      if (refusal) {
        refused++;
        return Promise.resolve(refusal);
      }
      return new Promise((answer) => {
        waiting.push({ records, answer });
        waitingRecords += records.length;
        commits.schedule();
      });
    },

    reader: (name, kind) => readers.open(name, Math.max(0, rows.oldest() - 1), kind),
    readers: readers.names,
    dismiss: readers.dismiss,
    onStored: (listener) => void listeners.push(listener),
    refused: () => refused,
    depth,
    oldestAtMs: () =>
      depth() === 0 ? undefined : reads.run(() => rows.storedAtMs(head - depth() + 1)),
    deadLetterCount: letters.deadLetterCount,
    deadLetters: letters.deadLetters,
    removeDeadLetters: letters.removeDeadLetters,
  };
}

function statements(table: string) {
  return {
    insert: `INSERT INTO ${table} (seq, count, at_ms, records) VALUES (?, ?, ?, ?)`,
    // The row that holds the record after the last settled one stays, and all that follow it.
    trim: `DELETE FROM ${table} WHERE seq < (SELECT max(seq) FROM ${table} WHERE seq <= ?1 + 1)`,
  };
}
