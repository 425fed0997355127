import { keywordInQuery, multipleMetrics } from '../problems.ts';
import {
  dimensionsOf,
  listParameter,
  metricNameOf,
  parameter,
  requiredParameter,
} from '../query-parameters.ts';
import type { MetricsStore } from './metrics-store.ts';
import type { Dimensions, Series } from './series-catalogue.ts';

/** The series of one element, and the dimensions that the element shows. */
export type Group = { dimensions: Dimensions; series: number[] };

type Grouping = { groups: Group[]; isGrouped: boolean };

/** Name and dimensions of a query for measurements or statistics, which are checked first. */
export type Subject = { name: string; dimensions: ReadonlyMap<string, string> };

export function subjectOf(query: URLSearchParams): Subject {
  requiredParameter(query, 'name');
  return { name: metricNameOf(query) ?? '', dimensions: dimensionsOf(query) };
}

/**
 * The series of a subject as the query groups them: by each combination of `group_by`, merged, or
 * the only one. Several series without such a parameter are a conflict. Groups are in the order of
 * the values of their sorted keys.
 */
export function groupingOf(
  query: URLSearchParams,
  tenant: string,
  { name, dimensions }: Subject,
  { catalogue, defects }: MetricsStore,
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
    : [onlyGroup(matching)];
  return { groups: groups.filter(({ series }) => series.length > 0), isGrouped: false };
}

/** The service tests whether the text is a part of `true`: `t` is true, `1` is not. */
function isMerged(query: URLSearchParams): boolean {
  const flag = parameter(query, 'merge_metrics');
  return flag !== undefined && 'true'.includes(flag.toLowerCase());
}

function onlyGroup(matching: Iterable<Series>): Group {
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
    // No value contains a comma, so that every combination has a text of its own.
    const combination = order.join(',');
    const group = groups.get(combination);
    if (group) {
      group.series.push(id);
    } else {
      const common = Object.fromEntries(keys.map((key) => [key, dimensions[key] ?? '']));
      groups.set(combination, { dimensions: common, series: [id], order });
    }
  }
  return [...groups.values()].sort((a, b) => compareLists(a.order, b.order));
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  if (at < 0) return 0;
  return (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}
