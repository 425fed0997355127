import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetter } from '../contract/outbox.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statement } from './writer.ts';

/** The records that a reader's destination will never take, kept until someone looks at them. */
export type DeadLetters<T> = {
  deadLetterCount(reader: string): number;
  /** In the order in which they were kept. */
  deadLetters(reader: string, page: { afterId: number; limit: number }): KeptLetter<T>[];
  /** Throws `StoreUnavailable`. */
  removeDeadLetters(ids: readonly number[]): Promise<void>;
};

export type KeptLetter<T> = DeadLetter<T> & { readonly id: number; readonly atMs: number };

export function createDeadLetters<T>(
  stream: string,
  reading: DatabaseSync,
  commits: GroupCommit,
): DeadLetters<T> {
  const count = reading.prepare(
    'SELECT count(*) AS n FROM dead_letters WHERE stream = ? AND reader = ?',
  );
  const page = reading.prepare(
    `SELECT id, seq, at_ms, reason, record FROM dead_letters
     WHERE stream = ? AND reader = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  return {
    deadLetterCount: (reader) => Number(count.get(stream, reader)?.['n']),
    deadLetters: (reader, { afterId, limit }) =>
      page.all(stream, reader, afterId, limit).map((row) => ({
        id: Number(row['id']),
        seq: Number(row['seq']),
        atMs: Number(row['at_ms']),
        reason: String(row['reason']),
        record: JSON.parse(String(row['record'])),
      })),
    removeDeadLetters: (ids) =>
      commits.write(ids.map((id) => ['DELETE FROM dead_letters WHERE id = ?', id])),
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
