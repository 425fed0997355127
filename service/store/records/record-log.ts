import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Batch } from '../../contract/outbox.ts';
import {
  type LogRecord,
  type NumberedRecord,
  recordLimits,
} from '../../contract/records/log-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { DeadLetters } from '../dead-letters.ts';
import { type StoreFailure, StoreUnavailable } from '../failure.ts';
import { openChecked } from '../file/data-folder.ts';
import { type Contribution, createGroupCommit, type GroupCommit } from '../group-commit.ts';
import { LogReaders, type StoreReader } from '../readers.ts';
import { createReads, type Reads } from '../reads.ts';
import type { Statement } from '../writer/messages.ts';
import { type StoreWriter, startWriter } from '../writer/writer.ts';
import { createRecordRows, type RecordRows, type RecordScan } from './record-rows.ts';
import { recordMigrations } from './record-schema.ts';

/**
 * The durable, searchable log of records, in a file of its own.
 *
 * Invariants, whatever dies: numbers have no gaps except expired records, and times of receipt never
 * decrease with them; a record is found by a search if and only if it is in the table; the newest
 * record stays, because it has the last number.
 */
export type RecordLog = {
  readonly letters: DeadLetters<LogRecord>;
  /** Stores records; resolves when they are on disk. Throws `StoreUnavailable`: nothing is stored. */
  append(records: readonly LogRecord[]): Promise<void>;
  /** Registers a reader; a new one begins with the next record. */
  reader(name: string): StoreReader<LogRecord>;
  readers(): string[];
  /** Deletes a reader and its cursor. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  head(): number;
  oldest(): number;
  read(afterSeq: number, limit: number): Batch<LogRecord>;
  /** Calls `listener` after each commit that appended; returns the function that ends this. */
  onAppend(listener: () => void): () => void;
  scan(scan: RecordScan): NumberedRecord[];
  /** Number of the first record received at or after a time; behind the newest if there is none. */
  seqAt(ms: number): number;
  /** Removes the oldest records up to a number, some thousands in one commit; returns how many. */
  removeUpTo(seq: number): Promise<number>;
  /** Bytes of the file that hold data. */
  dataBytes(): number;
  /** Returns unused space to the file system; true if there is more. */
  shrink(): Promise<boolean>;
  /** Reason why records cannot be stored; undefined while they can. */
  failure(): StoreFailure | undefined;
  close(): Promise<void>;
};

export const recordFileIn = (folder: string): string => join(folder, 'records.sqlite');

/** Opens the log in a data folder that is locked. Throws `UnusableDataFolder`. */
export async function openRecordLog(dataDir: string, runtime: Runtime): Promise<RecordLog> {
  const { clock, log, metrics } = runtime;
  const file = recordFileIn(dataDir);
  const reading = openChecked(file, recordMigrations);
  const writer = await startWriter(file).catch((error: unknown) => {
    reading.close();
    throw error;
  });
  const commits = createGroupCommit(
    writer,
    {
      clock,
      log,
      metrics: {
        storeFailures: metrics.recordStoreFailures,
        commitRecords: metrics.recordsInCommit,
        commitSeconds: metrics.recordCommitSeconds,
      },
    },
    { outageTexts },
  );
  return new RecordTable({ reading, reads: createReads(), commits, clock, writer });
}

const outageTexts = {
  begin: 'records cannot be stored: their senders wait until they can again',
  end: 'records can be stored again',
};

/** Most records removed in one commit, so that no commit behind it waits long. */
const removeRecords = 2_000;

type Parts = {
  readonly reading: DatabaseSync;
  readonly reads: Reads;
  readonly commits: GroupCommit;
  readonly clock: Clock;
  readonly writer: StoreWriter;
};

type WaitingAppend = {
  readonly records: readonly LogRecord[];
  stored(): void;
  failed(failure: StoreFailure): void;
};

class RecordTable implements RecordLog {
  readonly #parts: Parts;
  readonly #rows: RecordRows;
  readonly #readers: LogReaders<LogRecord>;
  #head: number;
  #oldest: number;
  #lastReceivedMs: number;
  #waiting: WaitingAppend[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#rows = createRecordRows(parts.reading);
    this.#head = this.#rows.head();
    this.#oldest = this.#rows.oldest();
    this.#lastReceivedMs = this.#rows.read(this.#head - 1, 1).records[0]?.receivedAtMs ?? 0;
    this.#readers = new LogReaders(
      {
        stream: 'records',
        head: this.head,
        read: this.read,
        passed: () => [],
        settled: () => undefined,
      },
      parts,
    );
    parts.commits.join(() => this.#gather());
  }

  get letters(): DeadLetters<LogRecord> {
    return this.#readers.letters;
  }

  append = (records: readonly LogRecord[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const failed = (failure: StoreFailure) => reject(new StoreUnavailable(failure));
      this.#waiting.push({ records, stored: resolve, failed });
      this.#parts.commits.schedule();
    });

  reader = (name: string): StoreReader<LogRecord> => this.#readers.open(name, this.#head);
  readers = (): string[] => this.#readers.names();
  dismiss = (name: string): Promise<void> => this.#readers.dismiss(name);
  head = (): number => this.#head;
  oldest = (): number => this.#oldest;
  onAppend = (listener: () => void): (() => void) => this.#readers.onAppend(listener);
  failure = (): StoreFailure | undefined => this.#parts.commits.failure();
  scan = (scan: RecordScan): NumberedRecord[] => this.#parts.reads.run(() => this.#rows.scan(scan));
  seqAt = (ms: number): number =>
    this.#parts.reads.run(() => this.#rows.seqAt(ms) ?? this.#head + 1);

  read = (afterSeq: number, limit: number): Batch<LogRecord> =>
    this.#parts.reads.run(() => {
      const from = Math.max(afterSeq, this.#oldest - 1);
      return this.#rows.read(from, Math.max(0, Math.min(limit, this.#head - from)));
    });

  removeUpTo = async (seq: number): Promise<number> => {
    const from = this.#oldest;
    const to = Math.min(seq, this.#head - 1, from - 1 + removeRecords);
    if (to < from) return 0;
    await this.#parts.commits.write([
      ['DELETE FROM record_texts WHERE rowid BETWEEN ? AND ?', from, to],
      ['DELETE FROM records WHERE seq BETWEEN ? AND ?', from, to],
    ]);
    this.#oldest = to + 1;
    return to - from + 1;
  };

  dataBytes = (): number =>
    this.#parts.reads.run(() => {
      const value = (name: string) =>
        Number(this.#parts.reading.prepare(`PRAGMA ${name}`).get()?.[name]);
      return (value('page_count') - value('freelist_count')) * value('page_size');
    });

  shrink = async (): Promise<boolean> => {
    const { hasMore } = await this.#parts.writer.shrink(0);
    return hasMore === true;
  };

  close = async (): Promise<void> => {
    await this.#parts.commits.idle();
    await this.#parts.writer.close();
    this.#parts.reading.close();
  };

  #gather(): Contribution | undefined {
    if (this.#waiting.length === 0) return undefined;
    const group = this.#waiting;
    this.#waiting = [];
    const records = group.flatMap((one) => one.records);
    const beginnings = this.#readers.beginnings();
    const lastReceivedMs = records.at(-1)?.receivedAtMs ?? 0;
    return {
      statements: [...beginnings, ...insertions(this.#inOrder(records), this.#head + 1)],
      records: records.length,
      committed: () => {
        this.#head += records.length;
        this.#lastReceivedMs = Math.max(this.#lastReceivedMs, lastReceivedMs);
        this.#readers.begun(beginnings);
        for (const { stored } of group) stored();
        if (records.length > 0) this.#readers.appended();
      },
      failed: (failure) => {
        for (const { failed } of group) failed(failure);
      },
    };
  }

  /** The clock may be set back; the times of receipt of stored records are not. */
  #inOrder(records: readonly LogRecord[]): LogRecord[] {
    let lastMs = this.#lastReceivedMs;
    return records.map((record) => {
      if (record.receivedAtMs >= lastMs) {
        lastMs = record.receivedAtMs;
        return record;
      }
      return { ...record, receivedAtMs: lastMs };
    });
  }
}

const insert = (rows: number) =>
  `INSERT INTO records (seq, received_ms, level, name, version, instance, logger, body)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join()}`;
const index = (rows: number) =>
  `INSERT INTO record_texts (rowid, text) VALUES ${Array(rows).fill('(?, ?)').join()}`;
/** One statement of many rows costs the main thread less than a statement for each row. */
const rowsTogether = 50;
const many = { insert: insert(rowsTogether), index: index(rowsTogether) };
const single = { insert: insert(1), index: index(1) };

function insertions(records: readonly LogRecord[], firstSeq: number): Statement[] {
  const statements: Statement[] = [];
  for (let at = 0; at < records.length; ) {
    const isMany = records.length - at >= rowsTogether;
    const part = records.slice(at, at + (isMany ? rowsTogether : 1));
    const sql = isMany ? many : single;
    statements.push(
      [sql.insert, ...part.flatMap((record, n) => valuesOf(record, firstSeq + at + n))],
      [sql.index, ...part.flatMap((record, n) => [firstSeq + at + n, searchText(record)])],
    );
    at += part.length;
  }
  return statements;
}

function valuesOf(record: LogRecord, seq: number): SQLInputValue[] {
  const { receivedAtMs, level, name, version, instance, logger = null } = record;
  return [seq, receivedAtMs, level, name, version, instance, logger, JSON.stringify(record)];
}

/** The texts that a search finds. */
function searchText({ message, logger, exception, stack, fields = {} }: LogRecord): string {
  const texts = [message, logger, exception, stack, ...Object.values(fields)];
  return texts
    .filter((text) => typeof text === 'string')
    .join('\n')
    .slice(0, recordLimits.searchCharacters);
}
