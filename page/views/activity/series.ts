/** A step of a group, as the service responds. */
export type ActivityRow = {
  readonly time?: string;
  readonly name?: string;
  readonly version?: string;
  readonly active: number;
};

export type ActivitySeries = {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly names: readonly string[];
  /** Values of each name, one for each time. */
  readonly values: readonly (readonly number[])[];
  /** Number of smaller groups without a series. */
  readonly omitted: number;
};

/** Beyond this number, lines cannot be distinguished. */
const maxSeries = 12;

/** Rows as one series for each group, the largest ones first. */
export function seriesOf(rows: readonly ActivityRow[]): ActivitySeries {
  const seconds = (row: ActivityRow) => Date.parse(row.time ?? '') / 1_000;
  const times = [...new Set(rows.map(seconds))].sort((a, b) => a - b);
  const places = new Map(times.map((time, at) => [time, at]));
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const key =
      [row.name, row.version].filter((part) => part !== undefined).join(' ') || 'instances';
    const values = groups.get(key) ?? times.map(() => 0);
    values[places.get(seconds(row)) ?? 0] = row.active;
    groups.set(key, values);
  }
  const largest = [...groups]
    .filter(([, values]) => values.some((value) => value > 0))
    .sort(([, a], [, b]) => Math.max(...b) - Math.max(...a));
  const shown = largest.slice(0, maxSeries);
  return {
    times,
    names: shown.map(([name]) => name),
    values: shown.map(([, values]) => values),
    omitted: largest.length - shown.length,
  };
}

const steps = [
  ['5s', 5],
  ['15s', 15],
  ['1m', 60],
  ['5m', 300],
  ['15m', 900],
  ['1h', 3_600],
  ['6h', 21_600],
  ['1d', 86_400],
] as const;

/** The shortest step that gives at most 300 points. */
export const stepFor = (lengthMs: number): string =>
  steps.find(([, seconds]) => lengthMs / 1_000 / seconds <= 300)?.[0] ?? '1d';
