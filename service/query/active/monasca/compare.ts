import { type Group, groupKeys } from '../../period/groups.ts';
import type { ActiveAnswer, ActiveRow } from '../answer.ts';

/** Where the ledger and Monasca do not say the same. */
export type Difference = Group & {
  readonly timeMs?: number;
  /** Active instances, by the one and by the other. */
  readonly ledger: number;
  readonly monasca: number;
  /** What Monasca has more. */
  readonly difference: number;
};

type Rows = Extract<ActiveAnswer, { kind: 'rows' }>['rows'];

/** Both answers to one question, side by side: the rows in which they differ, in their order. */
export function differences(ledger: Rows, monasca: Rows): Difference[] {
  const both = new Map<string, { row: ActiveRow; ledger: number; monasca: number }>();
  for (const row of ledger) both.set(keyOf(row), { row, ledger: row.active, monasca: 0 });
  for (const row of monasca) {
    const found = both.get(keyOf(row));
    if (found) found.monasca = row.active;
    else both.set(keyOf(row), { row, ledger: 0, monasca: row.active });
  }
  return [...both.values()]
    .filter((one) => one.ledger !== one.monasca)
    .map(({ row, ...counts }) => ({
      ...placeOf(row),
      ...counts,
      difference: counts.monasca - counts.ledger,
    }))
    .toSorted((a, b) => (a.timeMs ?? 0) - (b.timeMs ?? 0));
}

function placeOf({ timeMs, name, version, instance }: ActiveRow): Group & { timeMs?: number } {
  return {
    ...(timeMs === undefined ? {} : { timeMs }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(instance === undefined ? {} : { instance }),
  };
}

const keyOf = (row: ActiveRow): string =>
  JSON.stringify([row.timeMs, ...groupKeys.map((key) => row[key])]);
