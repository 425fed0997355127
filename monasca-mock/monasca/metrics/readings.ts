import type { Context } from 'koa';
import { nextLink, quote, selfLink } from '../links.ts';
import { limitOf, queryOf } from '../query-parameters.ts';
import { groupingOf, type Subject } from './groups.ts';
import type { MetricsStore } from './metrics-store.ts';
import { type End, type PageSource, type Position, pageOf } from './pages.ts';

/** What is particular about measurements or statistics. */
type Reading<Row> = {
  /** The member of an element that holds the rows. */
  member: 'measurements' | 'statistics';
  columns: readonly string[];
  source: PageSource<Row>;
  position(): Position | undefined;
  formatRow(row: Row): unknown[];
  /** The offset of the page after `end`. */
  offsetAfter(end: End<Row>, isGrouped: boolean): string;
};

/** A page of measurements or statistics, an element for each group of series. */
export function readingsPage<Row>(
  context: Context,
  tenant: string,
  store: MetricsStore,
  subject: Subject,
  reading: Reading<Row>,
) {
  const query = queryOf(context);
  const limit = limitOf(query);
  const { groups, isGrouped } = groupingOf(query, tenant, subject, store);
  const { elements, end } = pageOf(groups, reading.position(), limit, reading.source);
  const links = [selfLink(context)];
  if (end) links.push(nextLink(context, quote(reading.offsetAfter(end, isGrouped))));
  return {
    links,
    elements: elements.map(({ id, dimensions, rows }) => ({
      name: subject.name,
      id,
      columns: reading.columns,
      [reading.member]: rows.map(reading.formatRow),
      dimensions,
    })),
  };
}
