import type { DatabaseSync } from 'node:sqlite';
import type { Batch, OutboxReader } from '../contract/outbox.ts';
import type { Clock } from '../runtime/clock.ts';
import { createDeadLetters, type DeadLetters, letterStatement } from './dead-letters.ts';
import type { StoreFailure } from './failure.ts';
import type { Contribution, GroupCommit } from './group-commit.ts';
import { createRowReader } from './outbox-rows.ts';
import type { Reads } from './reads.ts';
import type { Statement } from './writer.ts';

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
  reader(name: string): OutboxReader<T>;
  /** The readers of this and of earlier runs that records are kept for. */
  readers(): string[];
  /** Keeps nothing for this reader any more. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  /** The number of records that wait for the slowest reader. */
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
  const cursors = new Map<string, number>();
  /** Readers that the file does not know yet; told to it with the first records for them. */
  const newcomers = new Set<string>();
  const listeners = new Set<() => void>();
  const sql = statements(table);

  // Readers of earlier runs count too: one that is not there this time may be back the next, and
  // what was acknowledged waits for it.
  const durable = reading.prepare('SELECT reader, seq FROM cursors WHERE stream = ?').all(stream);
  for (const row of durable) cursors.set(String(row['reader']), Number(row['seq']));

  let head = Math.max(rows.head(), ...cursors.values());
  let trimmedTo = rows.oldest();
  let waiting: { records: readonly T[]; answer: (result: AppendResult) => void }[] = [];
  let waitingRecords = 0;

  /** Asked at each append: kept, and found anew when a cursor moves. */
  let slowestCursor = Math.min(...cursors.values());
  const slowest = () => Math.min(head, slowestCursor);
  const setCursor = (name: string, seq: number) => {
    cursors.set(name, seq);
    slowestCursor = Math.min(...cursors.values());
  };
  const slowestOnceSettled = (name: string, seq: number) =>
    Math.min(head, ...[...cursors].map(([reader, cursor]) => (reader === name ? seq : cursor)));

  function gather(): Contribution | undefined {
    if (waiting.length === 0) return undefined;
    const group = waiting;
    const count = waitingRecords;
    const registered = [...newcomers];
    waiting = [];
    waitingRecords = 0;
    return {
      statements: [
        ...insertions(group),
        ...registered.map((name): Statement => [sql.cursor, stream, name, cursors.get(name) ?? 0]),
        ...(cursors.size === 0 ? trimming(head, rowRecords) : []),
      ],
      records: count,
      committed() {
        head += count;
        for (const name of registered) newcomers.delete(name);
        for (const { answer } of group) answer(stored);
        for (const listener of listeners) listener();
      },
      failed(failure) {
        for (const { answer } of group) answer({ kind: 'unavailable', failure });
      },
    };
  }

  function insertions(group: typeof waiting): Statement[] {
    const all = group.length === 1 ? (group[0]?.records ?? []) : group.flatMap((g) => g.records);
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

  commits.join(gather);
  const { changed: lettersChanged, ...letterShelves } = createDeadLetters<T>(
    stream,
    reading,
    reads,
    commits,
  );

  return {
    append(records) {
      if (records.length === 0) return Promise.resolve(stored);
      const failure = refusal();
      if (failure) return Promise.resolve({ kind: 'unavailable', failure });
      const after = head - slowest() + waitingRecords + records.length;
      if (after > maxRecords) return Promise.resolve({ kind: 'full' });
      if (waitingRecords > 0 && waitingRecords + records.length > maxWaiting) {
        return Promise.resolve(tooMuchWaits);
      }
      return new Promise((answer) => {
        waiting.push({ records, answer });
        waitingRecords += records.length;
        commits.schedule();
      });
    },

    reader(name) {
      if (!cursors.has(name)) {
        setCursor(name, Math.max(0, rows.oldest() - 1));
        newcomers.add(name);
      }
      return {
        get cursor() {
          return cursors.get(name) ?? 0;
        },
        get head() {
          return head;
        },
        read: (afterSeq, limit): Batch<T> =>
          reads.run(() => rows.read(afterSeq, Math.min(limit, head - afterSeq))),
        async settle(seq, deadLetters) {
          const letters = deadLetters.map((letter) =>
            letterStatement(stream, name, letter, clock.now()),
          );
          const trims = trimming(slowestOnceSettled(name, seq), seq === head ? 1 : rowRecords);
          await commits.write([[sql.cursor, stream, name, seq], ...letters, ...trims]);
          setCursor(name, seq);
          if (letters.length > 0) lettersChanged(name);
        },
        onAppend(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    },

    readers: () => [...cursors.keys()],
    async dismiss(name) {
      await commits.write([[sql.dismiss, stream, name]]);
      cursors.delete(name);
      newcomers.delete(name);
      slowestCursor = Math.min(...cursors.values());
    },
    depth: () => head - slowest(),
    oldestAtMs: () =>
      head === slowest() ? undefined : reads.run(() => rows.storedAtMs(slowest() + 1)),
    ...letterShelves,
  };
}

function statements(table: string) {
  return {
    insert: `INSERT INTO ${table} (seq, count, at_ms, records) VALUES (?, ?, ?, ?)`,
    // The row that holds the record after the last settled one stays, and all that follow it.
    trim: `DELETE FROM ${table} WHERE seq < (SELECT max(seq) FROM ${table} WHERE seq <= ?1 + 1)`,
    cursor: `INSERT INTO cursors (stream, reader, seq) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET seq = excluded.seq`,
    dismiss: 'DELETE FROM cursors WHERE stream = ? AND reader = ?',
  };
}
