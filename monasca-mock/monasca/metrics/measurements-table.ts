import type { DatabaseSync } from 'node:sqlite';

export type Measurement = { timestampMs: number; value: number; valueMeta: string | null };

type Aggregates = { count: number; avg: number; min: number; max: number; sum: number };

export type Bucket = Aggregates & { startMs: number };

/** The measurements of these series in [startMs, endMs). */
type Range = { series: readonly number[]; startMs: number; endMs: number };

type LimitedRange = Range & { limit: number };

export type MeasurementsTable = ReturnType<typeof createMeasurementsTable>;

/** Clustered by series and time, so that a range of one series is one walk along the tree. */
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

export function createMeasurementsTable(database: DatabaseSync) {
  database.exec(schema);
  const insert = database.prepare('INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?)');
  // One series is by far the most frequent case; a plain comparison ends the walk at the limit.
  const prepare = (sql: (range: string) => string) => {
    const within = (series: string) =>
      sql(`FROM measurements WHERE ${series} AND timestamp >= ? AND timestamp < ?`);
    const one = database.prepare(within('series = ?'));
    const many = database.prepare(within('series IN (SELECT value FROM json_each(?))'));
    return ({ series, startMs, endMs }: Range, before: number[] = [], after: number[] = []) => {
      const [statement, selected] =
        series.length === 1 ? [one, series[0] ?? 0] : [many, JSON.stringify(series)];
      return statement.all(...before, selected, startMs, endMs, ...after);
    };
  };
  const hasAny = prepare((range) => `SELECT 1 AS found ${range} LIMIT 1`);
  const inOrder = prepare(
    (range) => `SELECT timestamp, value, value_meta ${range} ORDER BY timestamp, series LIMIT ?`,
  );
  // The remainder of a negative time is negative; adding the period again rounds down too.
  const perPeriod = prepare(
    (range) => `SELECT timestamp - ((timestamp % p) + p) % p AS start, ${aggregates}
      FROM (SELECT timestamp, value, CAST(? AS INTEGER) AS p ${range})
      GROUP BY start ORDER BY start LIMIT ?`,
  );
  const overall = prepare((range) => `SELECT ${aggregates} ${range}`);

  return {
    /** Replaces a measurement of the same series and millisecond: the last one wins. */
    put(series: number, timestampMs: number, value: number, valueMeta: string | null): void {
      insert.run(series, timestampMs, value, valueMeta);
    },
    has: (range: Range) => hasAny(range).length > 0,
    /** In the order of time. */
    rows: (range: LimitedRange): Measurement[] =>
      inOrder(range, [], [range.limit]).map((row) => ({
        timestampMs: Number(row['timestamp']),
        value: Number(row['value']),
        valueMeta: row['value_meta'] === null ? null : String(row['value_meta']),
      })),
    /** Aggregates per period, aligned to the epoch; empty periods are omitted. */
    buckets: (range: LimitedRange, periodMs: number): Bucket[] =>
      perPeriod(range, [periodMs], [range.limit]).map((row) => ({
        startMs: Number(row['start']),
        ...aggregatesOf(row),
      })),
    /** One aggregate; undefined without measurements. */
    total: (range: Range) =>
      overall(range)
        .map(aggregatesOf)
        .find(({ count }) => count > 0),
  };
}

function aggregatesOf(row: Record<string, unknown>): Aggregates {
  return {
    count: Number(row['count']),
    avg: Number(row['avg']),
    min: Number(row['min']),
    max: Number(row['max']),
    sum: Number(row['sum']),
  };
}
