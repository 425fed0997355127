import type { Context } from 'koa';
import { type Link, nextLink, quote, selfLink } from '../links.ts';
import type { Group } from './groups.ts';

/**
 * Where the page before ended: at the row of this time, in the group of this number. The real
 * service applies the time to all groups and begins to count at the number; so does a client that
 * gives a time alone.
 */
export type Position = { group: number; afterMs: number; isForAllGroups: boolean };

export type Element<Row> = { id: string; dimensions: Group['dimensions']; rows: Row[] };

/** How the rows of one group are had: up to `limit` of them, from the beginning or after a time. */
export type Source<Row> = {
  rows(group: Group, afterMs: number | undefined, limit: number): Row[];
  hasAny(group: Group): boolean;
};

/** `end` is the row at which the limit cut, if it did. */
export type Page<Row> = { elements: Element<Row>[]; end: { id: string; row: Row } | undefined };

/**
 * Fills a page group by group until the limit is reached; the element that reaches it is the last.
 * It counts as reached also when nothing follows: the next page is empty then. Elements are
 * numbered, and groups without a row in the time range have no number. With limit 0 the page has
 * one element without rows.
 */
export function pageOf<Row>(
  groups: readonly Group[],
  position: Position | undefined,
  limit: number,
  source: Source<Row>,
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

export function linksOf(context: Context, nextOffset: string | undefined): Link[] {
  const self = selfLink(context);
  return nextOffset === undefined ? [self] : [self, nextLink(context, quote(nextOffset))];
}
