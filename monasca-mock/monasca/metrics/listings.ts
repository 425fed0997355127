import type { Context } from 'koa';
import { type Link, nextLink, quote, selfLink } from '../links.ts';
import { keywordInQuery, repositoryFailure } from '../problems.ts';
import {
  checkedRangeOf,
  dimensionsOf,
  lenientRangeOf,
  limitOf,
  metricNameOf,
  parameter,
  queryOf,
  requiredParameter,
} from '../query-parameters.ts';
import type { MetricsStore } from './metrics-store.ts';
import type { Series } from './series-catalogue.ts';

/** The reply to `GET /v2.0/metrics`: an element's id is its number in the whole list. */
export function listMetrics(context: Context, tenant: string, { catalogue }: MetricsStore) {
  const query = queryOf(context);
  const name = metricNameOf(query);
  const dimensions = dimensionsOf(query);
  const range = checkedRangeOf(query);
  const limit = limitOf(query);
  const first = firstNumber(query);
  const page: (Omit<Series, 'id'> & { id: string })[] = [];
  let number = 0;
  for (const series of catalogue.select({ tenant, name, dimensions, range })) {
    if (number >= first) page.push({ ...series, id: String(number) });
    if (page.length > limit) break;
    number++;
  }
  // One element beyond the limit means that there is a next page.
  const end = page.length > limit ? page[Math.max(0, limit - 1)]?.id : undefined;
  const links = [selfLink(context)];
  if (end !== undefined) links.push(nextLink(context, quote(end)));
  return { links, elements: page.slice(0, limit) };
}

function firstNumber(query: URLSearchParams): number {
  const offset = parameter(query, 'offset');
  if (offset === undefined) return 0;
  if (!/^[-+]?\d+$/.test(offset)) {
    throw repositoryFailure(`invalid literal for int() with base 10: '${offset}'`);
  }
  return Number(offset) + 1;
}

/** The reply to `GET /v2.0/metrics/names`. */
export function listMetricNames(context: Context, tenant: string, { catalogue }: MetricsStore) {
  const dimensions = dimensionsOf(queryOf(context));
  const names =
    dimensions.size === 0
      ? catalogue.names(tenant)
      : distinct(catalogue.select({ tenant, dimensions }), ({ name }) => [name]);
  return listOfTexts(context, names, 'name');
}

/** The reply to `GET /v2.0/metrics/dimensions/names`. */
export function listDimensionNames(
  context: Context,
  tenant: string,
  { catalogue, defects }: MetricsStore,
) {
  const query = queryOf(context);
  const name = parameter(query, 'metric_name');
  const range = lenientRangeOf(query);
  const keysOf = ({ dimensions }: Series) => Object.keys(dimensions);
  if (name !== undefined && defects.dimensionNamesOfMetricFails) {
    const keys = distinct(catalogue.select({ tenant, name }), keysOf);
    if (keys.some((key) => key.toLowerCase() === 'name')) throw keywordInQuery(114);
  }
  const names = distinct(catalogue.select({ tenant, name, range }), keysOf);
  return listOfTexts(context, names, 'dimension_name');
}

/** The reply to `GET /v2.0/metrics/dimensions/names/values`. */
export function listDimensionValues(context: Context, tenant: string, { catalogue }: MetricsStore) {
  const query = queryOf(context);
  const name = parameter(query, 'metric_name');
  const key = requiredParameter(query, 'dimension_name');
  const range = lenientRangeOf(query);
  const values = distinct(catalogue.select({ tenant, name, range }), ({ dimensions }) => {
    const value = dimensions[key];
    return value === undefined ? [] : [value];
  });
  return listOfTexts(context, values, 'dimension_value');
}

function distinct(series: Iterable<Series>, textsOf: (series: Series) => string[]): string[] {
  const found = new Set<string>();
  for (const one of series) for (const text of textsOf(one)) found.add(text);
  return [...found].sort();
}

/**
 * A page of sorted texts. The service compares with the offset in lower case, so that names with
 * capitals can be skipped, and does not encode it in the link.
 */
function listOfTexts(context: Context, texts: readonly string[], column: string) {
  const query = queryOf(context);
  const limit = limitOf(query);
  const offset = parameter(query, 'offset');
  const after = offset?.toLowerCase();
  const rest = after === undefined ? texts : texts.filter((text) => text > after);
  const page = rest.slice(0, limit);
  const links: Link[] = [selfLink(context)];
  if (rest.length > limit) links.push(nextLink(context, page.at(-1) ?? offset ?? ''));
  return { links, elements: page.map((text) => ({ [column]: text })) };
}
