import type { Defects } from '../defects.ts';
import { keywordInQuery, multipleMetrics } from '../problems.ts';
import {
  dimensionsOf,
  listParameter,
  metricNameOf,
  parameter,
  requiredParameter,
} from '../query-parameters.ts';
import type { Dimensions, Series, SeriesCatalogue } from './series-catalogue.ts';

/** What one element of an answer is made of: its series, shown with these dimensions. */
export type Group = { dimensions: Dimensions; series: number[] };

export type Grouping = { groups: Group[]; isGrouped: boolean };

/** What a query for measurements or statistics is about; the first thing that is looked at. */
export type Subject = { name: string; dimensions: ReadonlyMap<string, string> };

export function subjectOf(query: URLSearchParams): Subject {
  requiredParameter(query, 'name');
  return { name: metricNameOf(query) ?? '', dimensions: dimensionsOf(query) };
}

/**
 * The series of a subject, put together as the query asks: each combination of `group_by` for
 * itself, all merged, or the only one; several and nothing said about them is a conflict. The order
 * of groups is that of the tag values, by sorted tag name.
 */
export function groupingOf(
  query: URLSearchParams,
  tenant: string,
  { name, dimensions }: Subject,
  catalogue: SeriesCatalogue,
  defects: Defects,
): Grouping {
  const groupBy = listParameter(query, 'group_by').map((key) => key.trim());
  if (defects.groupByNameFails && groupBy.some((key) => key.toLowerCase() === 'name')) {
    throw keywordInQuery(195);
  }
  const matching = catalogue.select({ tenant, name, dimensions });
  if (groupBy.length > 0) {
    const keys = groupBy.includes('*') ? allKeys(catalogue.select({ tenant, name })) : groupBy;
    return { groups: grouped(matching, keys), isGrouped: true };
  }
  const groups = isMerged(query)
    ? [{ dimensions: Object.fromEntries(dimensions), series: [...matching].map(({ id }) => id) }]
    : [theOnly(matching)];
  return { groups: groups.filter(({ series }) => series.length > 0), isGrouped: false };
}

/** The service asks whether the text is a part of `true`, so `t` is true and `1` is not. */
function isMerged(query: URLSearchParams): boolean {
  const flag = parameter(query, 'merge_metrics');
  return flag !== undefined && 'true'.includes(flag.toLowerCase());
}

function theOnly(matching: Iterable<Series>): Group {
  let only: Series | undefined;
  for (const series of matching) {
    if (only) throw multipleMetrics();
    only = series;
  }
  return only ? { dimensions: only.dimensions, series: [only.id] } : { dimensions: {}, series: [] };
}

function allKeys(series: Iterable<Series>): string[] {
  const keys = new Set<string>();
  for (const { dimensions } of series) for (const key in dimensions) keys.add(key);
  return [...keys];
}

function grouped(matching: Iterable<Series>, keys: readonly string[]): Group[] {
  const sortedKeys = keys.toSorted();
  const groups = new Map<string, Group & { order: string[] }>();
  for (const { id, dimensions } of matching) {
    const order = sortedKeys.map((key) => dimensions[key] ?? '');
    // No value contains a comma, so this text is one combination and no other.
    const combination = order.join(',');
    const group = groups.get(combination);
    if (group) group.series.push(id);
    else {
      const shown = Object.fromEntries(keys.map((key) => [key, dimensions[key] ?? '']));
      groups.set(combination, { dimensions: shown, series: [id], order });
    }
  }
  return [...groups.values()].sort((a, b) => compareLists(a.order, b.order));
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  if (at < 0) return 0;
  return (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}
