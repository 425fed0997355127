import { formatTime } from '../calendar.ts';
import { groupKeys, type InstanceGroup } from '../period/groups.ts';
import type { ActiveQuery } from '../period/query.ts';
import { createRowWriter, type RowFormat } from '../rows.ts';
import type { ActiveCounts } from './counts.ts';

/** Row of one step of one group; `timeMs` is absent in totals. */
type TimedRow = InstanceGroup & { readonly timeMs?: number };

export type ActiveRow = TimedRow & {
  readonly active: number;
  readonly max: number;
  readonly started: number;
  readonly ended: number;
};

/** Row in which the ledger and Monasca differ, with the active instances of both. */
export type ActiveDifference = TimedRow & {
  readonly ledger: number;
  readonly monasca: number;
  readonly difference: number;
};

export function* activeRows(
  { step, steps }: ActiveQuery,
  counts: ActiveCounts,
): Generator<ActiveRow> {
  for (const row of counts.order) {
    yield {
      ...(step ? { timeMs: steps[counts.step[row] ?? 0] ?? 0 } : {}),
      ...counts.groups[counts.group[row] ?? 0],
      active: counts.active[row] ?? 0,
      max: counts.max[row] ?? 0,
      started: counts.started[row] ?? 0,
      ended: counts.ended[row] ?? 0,
    };
  }
}

/** Rows that differ between two results of one query, ascending in time. */
export function differentRows(
  query: ActiveQuery,
  ledger: ActiveCounts,
  monasca: ActiveCounts,
): ActiveDifference[] {
  const rows = new Map<string, { row: ActiveRow; ledger: number; monasca: number }>();
  const keyOf = (row: ActiveRow) =>
    JSON.stringify([row.timeMs, ...groupKeys.map((key) => row[key])]);
  for (const row of activeRows(query, ledger)) {
    rows.set(keyOf(row), { row, ledger: row.active, monasca: 0 });
  }
  for (const row of activeRows(query, monasca)) {
    const found = rows.get(keyOf(row));
    if (found) found.monasca = row.active;
    else rows.set(keyOf(row), { row, ledger: 0, monasca: row.active });
  }
  return [...rows.values()]
    .filter((one) => one.ledger !== one.monasca)
    .map(({ row: { active: _, max: __, started: ___, ended: ____, ...place }, ...counts }) => ({
      ...place,
      ...counts,
      difference: counts.monasca - counts.ledger,
    }))
    .sort((one, other) => (one.timeMs ?? 0) - (other.timeMs ?? 0));
}

const countColumns = ['active', 'max', 'started', 'ended'];
const differenceColumns = ['ledger', 'monasca', 'difference'];

export const writeActiveRows = (query: ActiveQuery, counts: ActiveCounts, format: RowFormat) =>
  writeTimedRows(query, activeRows(query, counts), countColumns, format);

export const writeDifferences = (
  query: ActiveQuery,
  differences: readonly ActiveDifference[],
  format: RowFormat,
) => writeTimedRows(query, differences, differenceColumns, format);

function writeTimedRows(
  { step, by, timeZone }: ActiveQuery,
  rows: Iterable<TimedRow>,
  valueColumns: readonly string[],
  format: RowFormat,
): Uint8Array<ArrayBuffer> {
  const columns = [
    ...(step ? ['time'] : []),
    ...groupKeys.filter((key) => by.includes(key)),
    ...valueColumns,
  ];
  // Rows of one step follow each other: its time is formatted once.
  let formatted: { readonly ms: number; readonly time: string } | undefined;
  const timedRows = Array.from(rows, ({ timeMs, ...row }) => {
    if (timeMs === undefined) return row;
    if (timeMs !== formatted?.ms) formatted = { ms: timeMs, time: formatTime(timeMs, timeZone) };
    return { time: formatted.time, ...row };
  });
  const writer = createRowWriter(format, { columns });
  return new TextEncoder().encode(writer.begin() + writer.rows(timedRows) + writer.end());
}
