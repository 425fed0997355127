import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

export type Measurement = { timestampMs: number; value: number; valueMeta: string | null };

export type Bucket = {
  startMs: number;
  count: number;
  avg: number;
  min: number;
  max: number;
  sum: number;
};

/** Which measurements: of these series, in [startMs, endMs), at most `limit` rows. */
export type Extract = {
  series: readonly number[];
  startMs: number;
  endMs: number;
  limit: number;
};

export type MeasurementsTable = {
  /** A measurement of the same series and millisecond is replaced: the last one wins. */
  put(series: number, timestampMs: number, value: number, valueMeta: string | null): void;
  has(extract: Omit<Extract, 'limit'>): boolean;
  /** In the order of time. */
  rows(extract: Extract): Measurement[];
  /** Aggregates per period, aligned to the epoch; empty periods are left out. */
  buckets(extract: Extract, periodMs: number): Bucket[];
  /** One aggregate over all; undefined if there is nothing. */
  total(extract: Omit<Extract, 'limit'>): Omit<Bucket, 'startMs'> | undefined;
};

/** Clustered by series and time, so a range of one series is one walk along the tree. */
const schema = `
  CREATE TABLE IF NOT EXISTS measurements (
    series INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    value REAL NOT NULL,
    value_meta TEXT,
    PRIMARY KEY (series, timestamp)
  ) STRICT, WITHOUT ROWID`;

const aggregates = `
  count(*) AS count, avg(value) AS avg, min(value) AS min, max(value) AS max, sum(value) AS sum`;

export function createMeasurementsTable(database: DatabaseSync): MeasurementsTable {
  database.exec(schema);
  const insert = database.prepare('INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?)');
  // One series is by far the commonest case, and a plain comparison lets the walk end at the limit.
  const prepare = (sql: (series: string) => string) => {
    const one = database.prepare(sql('series = ?'));
    const many = database.prepare(sql('series IN (SELECT value FROM json_each(?))'));
    return (series: readonly number[]) =>
      series.length === 1
        ? { statement: one, series: series[0] ?? 0 }
        : { statement: many, series: JSON.stringify(series) };
  };
  const range = (series: string) => `FROM measurements
    WHERE ${series} AND timestamp >= ? AND timestamp < ?`;
  const hasAny = prepare((series) => `SELECT 1 AS found ${range(series)} LIMIT 1`);
  const inOrder = prepare(
    (series) =>
      `SELECT timestamp, value, value_meta ${range(series)} ORDER BY timestamp, series LIMIT ?`,
  );
  // The remainder of a negative time is negative; adding the period once more floors it too.
  const perPeriod = prepare(
    (series) => `SELECT timestamp - ((timestamp % p) + p) % p AS start, ${aggregates}
      FROM (SELECT timestamp, value, CAST(? AS INTEGER) AS p ${range(series)})
      GROUP BY start ORDER BY start LIMIT ?`,
  );
  const overall = prepare((series) => `SELECT ${aggregates} ${range(series)}`);

  return {
    put: (series, timestampMs, value, valueMeta) => {
      insert.run(series, timestampMs, value, valueMeta);
    },
    has(extract) {
      const { statement, series } = hasAny(extract.series);
      return statement.get(series, extract.startMs, extract.endMs) !== undefined;
    },
    rows(extract) {
      const { statement, series } = inOrder(extract.series);
      return statement.all(series, extract.startMs, extract.endMs, extract.limit).map((row) => ({
        timestampMs: Number(row['timestamp']),
        value: Number(row['value']),
        valueMeta: row['value_meta'] === null ? null : String(row['value_meta']),
      }));
    },
    buckets(extract, periodMs) {
      const { statement, series } = perPeriod(extract.series);
      const values: SQLInputValue[] = [periodMs, series, extract.startMs, extract.endMs];
      return statement
        .all(...values, extract.limit)
        .map((row) => ({ startMs: Number(row['start']), ...aggregatesOf(row) }));
    },
    total(extract) {
      const { statement, series } = overall(extract.series);
      const row = statement.get(series, extract.startMs, extract.endMs);
      return row && Number(row['count']) > 0 ? aggregatesOf(row) : undefined;
    },
  };
}

function aggregatesOf(row: Record<string, unknown>): Omit<Bucket, 'startMs'> {
  return {
    count: Number(row['count']),
    avg: Number(row['avg']),
    min: Number(row['min']),
    max: Number(row['max']),
    sum: Number(row['sum']),
  };
}
