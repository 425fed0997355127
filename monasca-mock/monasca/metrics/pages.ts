import type { Group } from './groups.ts';

/**
 * The end of the previous page: the row of this time in the group of this number. For all groups,
 * as in the real service and with a time alone, the time applies to every group and the numbers
 * begin at this one.
 */
export type Position = { group: number; afterMs: number; isForAllGroups: boolean };

type Element<Row> = { id: string; dimensions: Group['dimensions']; rows: Row[] };

/** The rows of a group: up to `limit`, from the beginning or after a time. */
export type PageSource<Row> = {
  rows(group: Group, afterMs: number | undefined, limit: number): Row[];
  hasAny(group: Group): boolean;
};

/** The row that reached the limit, with the id of its element. */
export type End<Row> = { id: string; row: Row };

type Page<Row> = { elements: Element<Row>[]; end: End<Row> | undefined };

/**
 * Fills a page group by group until the limit is reached, even if nothing follows: the next page is
 * then empty. Elements are numbered; groups without a row in the time range have no number. With
 * limit 0 the page has one element without rows.
 */
export function pageOf<Row>(
  groups: readonly Group[],
  position: Position | undefined,
  limit: number,
  source: PageSource<Row>,
): Page<Row> {
  const elements: Element<Row>[] = [];
  let number = position?.isForAllGroups ? position.group : 0;
  let room = limit;
  for (const group of groups) {
    const rows = isDone(position, number)
      ? []
      : source.rows(group, afterMsOf(position, number), Math.max(1, room));
    const id = String(number);
    if (rows.length > 0) {
      elements.push({ id, dimensions: group.dimensions, rows: rows.slice(0, room) });
    }
    const row = rows[Math.max(1, room) - 1];
    if (row !== undefined) return { elements, end: { id, row } };
    room -= rows.length;
    if (rows.length > 0 || (!position?.isForAllGroups && source.hasAny(group))) number++;
  }
  return { elements, end: undefined };
}

function isDone(position: Position | undefined, number: number): boolean {
  return position !== undefined && !position.isForAllGroups && number < position.group;
}

function afterMsOf(position: Position | undefined, number: number): number | undefined {
  if (position === undefined) return undefined;
  return position.isForAllGroups || number === position.group ? position.afterMs : undefined;
}
