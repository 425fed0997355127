import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetter } from '../contract/outbox.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Reads } from './reads.ts';
import type { Statement } from './writer/writer.ts';

/** The records that a reader's destination will never take, kept until someone looks at them. */
export type DeadLetters<T> = {
  /** Throws `StoreUnavailable`, as all of these. */
  deadLetterCount(reader: string): number;
  /** By their numbers in the outbox. */
  deadLetters(reader: string, page: { afterSeq: number; limit: number }): KeptLetter<T>[];
  removeDeadLetters(reader: string, seqs: readonly number[]): Promise<void>;
};

export type KeptLetter<T> = DeadLetter<T> & { readonly atMs: number };

export type DeadLetterTables<T> = DeadLetters<T> & {
  /** Some were added: what was counted does not hold any more. */
  changed(reader: string): void;
};

export function createDeadLetters<T>(
  stream: string,
  reading: DatabaseSync,
  reads: Reads,
  commits: GroupCommit,
): DeadLetterTables<T> {
  const count = reading.prepare(
    'SELECT count(*) AS n FROM dead_letters WHERE stream = ? AND reader = ?',
  );
  const page = reading.prepare(
    `SELECT seq, at_ms, reason, record FROM dead_letters
     WHERE stream = ? AND reader = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  /** To count millions takes a good part of a second, and every scrape asks. */
  const counts = new Map<string, number>();

  return {
    deadLetterCount(reader) {
      const known = counts.get(reader) ?? reads.run(() => Number(count.get(stream, reader)?.['n']));
      counts.set(reader, known);
      return known;
    },
    deadLetters: (reader, { afterSeq, limit }) =>
      reads.run(() =>
        page.all(stream, reader, afterSeq, limit).map((row) => ({
          seq: Number(row['seq']),
          atMs: Number(row['at_ms']),
          reason: String(row['reason']),
          record: JSON.parse(String(row['record'])),
        })),
      ),
    async removeDeadLetters(reader, seqs) {
      const sql = 'DELETE FROM dead_letters WHERE stream = ? AND reader = ? AND seq = ?';
      await commits.write(seqs.map((seq) => [sql, stream, reader, seq]));
      counts.delete(reader);
    },
    changed: (reader) => void counts.delete(reader),
  };
}

/** A record that was delivered twice and refused twice is one dead letter, with the newer reason. */
export const letterStatement = (
  stream: string,
  reader: string,
  { seq, record, reason }: DeadLetter<unknown>,
  atMs: number,
): Statement => [
  `INSERT INTO dead_letters (stream, reader, seq, at_ms, reason, record) VALUES (?, ?, ?, ?, ?, ?)
   ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms, reason = excluded.reason`,
  stream,
  reader,
  seq,
  atMs,
  reason,
  JSON.stringify(record),
];
