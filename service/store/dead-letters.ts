import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetter } from '../contract/outbox.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Reads } from './reads.ts';
import type { Statement } from './writer/messages.ts';

/** Records that the destination of a reader rejected, kept until they are sent again. */
export type DeadLetters<T> = {
  /** Throws `StoreUnavailable`, as all of these. */
  count(reader: string): number;
  /** The dead letters after a number in the outbox, by their numbers. */
  page(reader: string, page: { afterSeq: number; limit: number }): KeptLetter<T>[];
  remove(reader: string, seqs: readonly number[]): Promise<void>;
};

type KeptLetter<T> = DeadLetter<T> & { readonly atMs: number };

export function createDeadLetters<T>(
  stream: string,
  { reading, reads, commits }: { reading: DatabaseSync; reads: Reads; commits: GroupCommit },
): DeadLetters<T> & { changed(reader: string): void } {
  const counting = reading.prepare(
    'SELECT count(*) AS n FROM dead_letters WHERE stream = ? AND reader = ?',
  );
  const paging = reading.prepare(
    `SELECT seq, at_ms, reason, record FROM dead_letters
     WHERE stream = ? AND reader = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  /** Kept, because to count millions takes a good part of a second, and every scrape needs it. */
  const counts = new Map<string, number>();

  return {
    count(reader) {
      const known =
        counts.get(reader) ?? reads.run(() => Number(counting.get(stream, reader)?.['n']));
      counts.set(reader, known);
      return known;
    },
    page: (reader, { afterSeq, limit }) =>
      reads.run(() =>
        paging.all(stream, reader, afterSeq, limit).map((row) => ({
          seq: Number(row['seq']),
          atMs: Number(row['at_ms']),
          reason: String(row['reason']),
          record: JSON.parse(String(row['record'])),
        })),
      ),
    async remove(reader, seqs) {
      const sql = 'DELETE FROM dead_letters WHERE stream = ? AND reader = ? AND seq = ?';
      await commits.write(seqs.map((seq) => [sql, stream, reader, seq]));
      counts.delete(reader);
    },
    changed: (reader) => void counts.delete(reader),
  };
}

/** A record that is delivered twice and rejected twice is one dead letter, with the newer reason. */
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
