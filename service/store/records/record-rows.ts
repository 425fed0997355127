import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Batch } from '../../contract/outbox.ts';
import type { LogRecord, NumberedRecord } from '../../contract/records/log-record.ts';

/** Conditions that the table can check; those without a value always hold. */
export type RecordScan = {
  /** Numbers of the records, both ends included. */
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
  readonly minLevel?: number | undefined;
  readonly name?: string | undefined;
  readonly instance?: string | undefined;
  /** An expression of FTS5. */
  readonly match?: string | undefined;
};

/** Queries of the table of records. */
export type RecordRows = {
  /** Number of the newest record; 0 when there never was one. */
  head(): number;
  /** Number of the oldest record that is kept; 1 when there never was one. */
  oldest(): number;
  read(afterSeq: number, limit: number): Batch<LogRecord>;
  scan(scan: RecordScan): NumberedRecord[];
  /** Number of the first record received at or after a time; undefined when there is none. */
  seqAt(ms: number): number | undefined;
};

export function createRecordRows(reading: DatabaseSync): RecordRows {
  const newest = reading.prepare('SELECT max(seq) AS seq FROM records');
  const first = reading.prepare('SELECT min(seq) AS seq FROM records');
  const following = reading.prepare(
    'SELECT seq, body FROM records WHERE seq > ? ORDER BY seq LIMIT ?',
  );
  const receivedFrom = reading.prepare(
    'SELECT received_ms FROM records WHERE seq >= ? ORDER BY seq LIMIT 1',
  );
  const scans = new Map<string, StatementSync>();
  const head = () => Number(newest.get()?.['seq'] ?? 0);
  const oldest = () => Number(first.get()?.['seq'] ?? 1);

  return {
    head,
    oldest,
    read(afterSeq, limit) {
      const rows = following.all(afterSeq, limit);
      const firstSeq = Number(rows[0]?.['seq'] ?? afterSeq + 1);
      return { firstSeq, records: rows.map(recordOf) };
    },
    scan(scan) {
      const { sql, values } = scanSql(scan);
      const statement = scans.get(sql) ?? reading.prepare(sql);
      scans.set(sql, statement);
      return statement
        .all(...values, scan.limit)
        .map((row) => ({ seq: Number(row['seq']), ...recordOf(row) }));
    },
    seqAt(ms) {
      // Times of receipt never decrease, so the numbers are sorted by them.
      let [low, high] = [oldest(), head() + 1];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const received = receivedFrom.get(middle)?.['received_ms'];
        if (received === undefined || Number(received) >= ms) high = middle;
        else low = middle + 1;
      }
      return low > head() ? undefined : low;
    },
  };
}

const recordOf = (row: Record<string, unknown>): LogRecord => JSON.parse(String(row['body']));

/** `limit` is the last parameter. */
export function scanSql(scan: RecordScan): { sql: string; values: SQLInputValue[] } {
  const { fromSeq, toSeq, order, minLevel, name, instance, match } = scan;
  const key = match === undefined ? 'r.seq' : 't.rowid';
  const conditions: [text: string, ...values: SQLInputValue[]][] = [
    [`${key} BETWEEN ? AND ?`, fromSeq, toSeq],
  ];
  if (match !== undefined) conditions.unshift(['record_texts MATCH ?', match]);
  // SQLite uses the partial index only for a condition with the same words.
  if (minLevel !== undefined && minLevel >= 30) conditions.push(['r.level >= 30']);
  if (minLevel !== undefined && minLevel !== 30) conditions.push(['r.level >= ?', minLevel]);
  if (name !== undefined) conditions.push(['r.name = ?', name]);
  if (instance !== undefined) conditions.push(['r.instance = ?', instance]);
  const from =
    match === undefined ? 'records r' : 'record_texts t JOIN records r ON r.seq = t.rowid';
  return {
    sql: `SELECT r.seq AS seq, r.body AS body FROM ${from}
          WHERE ${conditions.map(([text]) => text).join(' AND ')}
          ORDER BY ${key} ${order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ?`,
    values: conditions.flatMap(([, ...values]) => values),
  };
}
