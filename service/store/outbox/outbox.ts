import type { DatabaseSync } from 'node:sqlite';
import type { Batch } from '../../contract/outbox.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { DeadLetters } from '../dead-letters.ts';
import { type StoreFailure, StoreUnavailable } from '../failure.ts';
import type { Contribution, GroupCommit } from '../group-commit.ts';
import { LogReaders, type ReaderKind, type StoreReader } from '../readers.ts';
import type { Reads } from '../reads.ts';
import type { Statement } from '../writer/messages.ts';
import { createRowReader, type RowReader } from './rows.ts';

/**
 * The durable, ordered log of one stream of records.
 *
 * Invariants, whatever dies:
 *  - an append that was reported `stored` is on disk, and every reader reads its records;
 *  - numbers have no gaps and are never used twice for two stored records: they are given when a
 *    commit begins, one commit runs at a time, and a commit that fails gives its numbers back.
 *    A file that was damaged and recovered has gaps: no number is given again that a reader has
 *    passed, and reading continues behind the gap;
 *  - a row is deleted only when every registered reader's durable cursor has passed its last
 *    record; the newest row stays, because it holds the last number;
 *  - at most `maxRecords` records wait: beyond that appends are rejected, nothing is dropped.
 */
export type Outbox<T> = {
  /** Dead letters of all readers. */
  readonly letters: DeadLetters<T>;
  append(records: readonly T[]): Promise<AppendResult>;
  /** Registers a reader; a new one begins at the oldest record that is still kept. */
  reader(name: string, kind?: ReaderKind): StoreReader<T>;
  /** Names of the readers of this and of earlier runs. */
  readers(): string[];
  /** Deletes a reader: no records are kept for it. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  /**
   * Calls `listener` with the records of each commit, right after they are acknowledged, so that a
   * reader that follows the log in memory need not read it again.
   */
  onStored(listener: (batch: Batch<T>) => void): void;
  /** Appends that were rejected or failed since the start. */
  refused(): number;
  /** Number of the newest record; 0 when there never was one. */
  head(): number;
  /** Number of records that wait for the slowest reader that delivers. */
  depth(): number;
  /** Time in epoch ms when the oldest waiting record was stored. Throws `StoreUnavailable`. */
  oldestAtMs(): number | undefined;
};

export type AppendResult =
  | { readonly kind: 'stored' }
  | { readonly kind: 'full' }
  | { readonly kind: 'unavailable'; readonly failure: StoreFailure };

/** Most records in a row; an append of more gets several rows. Bounds the parsing of a read. */
const rowRecords = 1_000;
/** Most records deleted in one commit, so that no commit behind it waits long. */
const trimRecords = 20_000;
/** Most records that wait in memory for a slow disk; a single append is never too large. */
const maxWaiting = 200_000;
const tooManyWait: AppendResult = {
  kind: 'unavailable',
  failure: { reason: 'io', detail: `${maxWaiting} heartbeats wait for the disk already` },
};

const stored: AppendResult = { kind: 'stored' };

type OutboxOptions = {
  readonly stream: 'heartbeats';
  readonly reading: DatabaseSync;
  readonly reads: Reads;
  readonly commits: GroupCommit;
  readonly maxRecords: number;
  /** Reason to reject appends at the moment, although a commit might succeed. */
  readonly refusal: () => StoreFailure | undefined;
  readonly clock: Clock;
};

type WaitingAppend<T> = {
  readonly records: readonly T[];
  resolve(result: AppendResult): void;
};

export const createOutbox = <T>(options: OutboxOptions): Outbox<T> => new TableOutbox<T>(options);

class TableOutbox<T> implements Outbox<T> {
  readonly #options: OutboxOptions;
  readonly #rows: RowReader<T>;
  readonly #readers: LogReaders<T>;
  readonly #sql: ReturnType<typeof statements>;
  readonly #listeners: ((batch: Batch<T>) => void)[] = [];
  #head: number;
  #trimmedTo: number;
  #isTrimming = false;
  #waiting: WaitingAppend<T>[] = [];
  #waitingRecords = 0;
  #refused = 0;

  constructor(options: OutboxOptions) {
    const { stream, reading, reads, commits } = options;
    const table = `outbox_${stream}`;
    this.#options = options;
    this.#sql = statements(table);
    this.#rows = createRowReader<T>(reading, table);
    this.#head = this.#rows.head();
    this.#trimmedTo = this.#rows.oldest();
    this.#readers = new LogReaders<T>(
      {
        stream,
        head: () => this.#head,
        read: (afterSeq, limit) =>
          reads.run(() => this.#rows.read(afterSeq, Math.min(limit, this.#head - afterSeq))),
        passed: (seq) => this.#trimming(seq, seq === this.#head ? 1 : rowRecords),
        settled: (seq) => void this.#trimOn(seq),
      },
      options,
    );
    // A recovered file may have lost records that a reader has passed.
    this.#head = Math.max(this.#head, this.#readers.furthest());
    commits.join(() => this.#gather());
  }

  get letters(): DeadLetters<T> {
    return this.#readers.letters;
  }

  append = (records: readonly T[]): Promise<AppendResult> => {
    if (records.length === 0) return Promise.resolve(stored);
    const refusal = this.#refusalOf(records.length);
    if (refusal) {
      this.#refused++;
      return Promise.resolve(refusal);
    }
    return new Promise((resolve) => {
      this.#waiting.push({ records, resolve });
      this.#waitingRecords += records.length;
      this.#options.commits.schedule();
    });
  };

  reader = (name: string, kind?: ReaderKind): StoreReader<T> =>
    this.#readers.open(name, Math.max(0, this.#rows.oldest() - 1), kind);

  readers = (): string[] => this.#readers.names();
  dismiss = (name: string): Promise<void> => this.#readers.dismiss(name);
  onStored = (listener: (batch: Batch<T>) => void): void => void this.#listeners.push(listener);
  refused = (): number => this.#refused;
  head = (): number => this.#head;

  depth = (): number => this.#head - this.#readers.slowestDelivery();

  oldestAtMs = (): number | undefined => {
    const depth = this.depth();
    if (depth === 0) return undefined;
    return this.#options.reads.run(() => this.#rows.storedAtMs(this.#head - depth + 1));
  };

  #refusalOf(count: number): AppendResult | undefined {
    const failure = this.#options.refusal();
    const waiting = this.#waitingRecords;
    if (failure) return { kind: 'unavailable', failure };
    if (this.depth() + waiting + count > this.#options.maxRecords) return { kind: 'full' };
    return waiting > 0 && waiting + count > maxWaiting ? tooManyWait : undefined;
  }

  #gather(): Contribution | undefined {
    if (this.#waiting.length === 0) return undefined;
    const group = this.#waiting;
    const records =
      group.length === 1 ? (group[0]?.records ?? []) : group.flatMap((one) => one.records);
    const beginnings = this.#readers.beginnings();
    this.#waiting = [];
    this.#waitingRecords = 0;
    return {
      statements: [
        ...this.#insertions(records),
        ...beginnings,
        ...(this.#readers.size === 0 ? this.#trimming(this.#head, rowRecords) : []),
      ],
      records: records.length,
      committed: () => {
        const firstSeq = this.#head + 1;
        this.#head += records.length;
        this.#readers.begun(beginnings);
        for (const { resolve } of group) resolve(stored);
        for (const listener of this.#listeners) listener({ firstSeq, records });
        this.#readers.appended();
      },
      failed: (failure) => {
        this.#refused += group.length;
        for (const { resolve } of group) resolve({ kind: 'unavailable', failure });
      },
    };
  }

  #insertions(records: readonly T[]): Statement[] {
    const rows: Statement[] = [];
    const nowMs = this.#options.clock.now();
    for (let at = 0; at < records.length; at += rowRecords) {
      const part = records.length <= rowRecords ? records : records.slice(at, at + rowRecords);
      const firstSeq = this.#head + at + 1;
      rows.push([this.#sql.insert, firstSeq, part.length, nowMs, JSON.stringify(part)]);
    }
    return rows;
  }

  /** Deletes settled records, at least `atLeast` of them, with a commit that is made anyway. */
  #trimming(settledSeq: number, atLeast: number): Statement[] {
    if (settledSeq - this.#trimmedTo < atLeast) return [];
    this.#trimmedTo = Math.min(settledSeq, this.#trimmedTo + trimRecords);
    return [[this.#sql.trim, this.#trimmedTo]];
  }

  /** Deletes the rest of the settled records in commits of their own, a portion in each. */
  async #trimOn(settledSeq: number): Promise<void> {
    if (this.#isTrimming) return;
    this.#isTrimming = true;
    try {
      for (let portion = this.#trimming(settledSeq, rowRecords); portion.length > 0; ) {
        await this.#options.commits.write(portion);
        portion = this.#trimming(settledSeq, rowRecords);
      }
    } catch (error) {
      // The next settlement deletes them.
      if (!(error instanceof StoreUnavailable)) throw error;
    } finally {
      this.#isTrimming = false;
    }
  }
}

function statements(table: string) {
  return {
    insert: `INSERT INTO ${table} (seq, count, at_ms, records) VALUES (?, ?, ?, ?)`,
    // Keeps the row with the first record that is not settled, and all rows after it.
    trim: `DELETE FROM ${table} WHERE seq < (SELECT max(seq) FROM ${table} WHERE seq <= ?1 + 1)`,
  };
}
