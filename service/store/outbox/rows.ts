import type { DatabaseSync } from 'node:sqlite';
import type { Batch } from '../../contract/outbox.ts';

/** Queries of an outbox table, whose rows hold many records each. */
export type RowReader<T> = {
  /** Number of the newest record; 0 when there never was one. */
  head(): number;
  /** Number of the oldest record that is kept; 0 when there is none. */
  oldest(): number;
  storedAtMs(seq: number): number | undefined;
  /**
   * Up to `limit` consecutive records after number `afterSeq`. The first one is not `afterSeq + 1`
   * where records are missing: a file that was damaged and recovered has gaps, and the records behind
   * a gap must not wait forever.
   */
  read(afterSeq: number, limit: number): Batch<T>;
};

export function createRowReader<T>(reading: DatabaseSync, table: string): RowReader<T> {
  const newest = reading.prepare(`SELECT seq, count FROM ${table} ORDER BY seq DESC LIMIT 1`);
  const first = reading.prepare(`SELECT min(seq) AS seq FROM ${table}`);
  const holding = reading.prepare(
    `SELECT seq, at_ms, records FROM ${table} WHERE seq <= ? ORDER BY seq DESC LIMIT 1`,
  );
  const following = reading.prepare(
    `SELECT seq, records FROM ${table} WHERE seq > ? ORDER BY seq LIMIT 1`,
  );
  // A batch seldom ends where a row does: this saves parsing the row twice.
  let last: { seq: number; records: readonly T[] } | undefined;

  type Row = { seq: number; records: readonly T[] };
  const holds = (row: Row | undefined, seq: number): row is Row =>
    row !== undefined && seq >= row.seq && seq < row.seq + row.records.length;

  function parsed(row: Record<string, unknown> | undefined): Row | undefined {
    if (!row) return undefined;
    const records: readonly T[] = JSON.parse(String(row['records']));
    last = { seq: Number(row['seq']), records };
    return last;
  }

  function rowHolding(seq: number): Row | undefined {
    if (holds(last, seq)) return last;
    const row = parsed(holding.get(seq));
    return holds(row, seq) ? row : undefined;
  }

  return {
    head() {
      const row = newest.get();
      return row ? Number(row['seq']) + Number(row['count']) - 1 : 0;
    },
    oldest: () => Number(first.get()?.['seq'] ?? 0),
    storedAtMs(seq) {
      const at = holding.get(seq)?.['at_ms'];
      return at === undefined ? undefined : Number(at);
    },
    read(afterSeq, limit) {
      const first = rowHolding(afterSeq + 1) ?? parsed(following.get(afterSeq));
      const firstSeq = Math.max(afterSeq + 1, first?.seq ?? 0);
      const records: T[] = [];
      while (records.length < limit) {
        const next = firstSeq + records.length;
        const row = rowHolding(next);
        if (!row) break;
        const from = next - row.seq;
        const part = row.records.slice(from, from + limit - records.length);
        records.push(...part);
      }
      return { firstSeq, records };
    },
  };
}
