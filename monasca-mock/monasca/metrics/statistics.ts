import type { Context } from 'koa';
import type { Defects } from '../defects.ts';
import { repositoryFailure, unprocessable } from '../problems.ts';
import {
  limitOf,
  listParameter,
  parameter,
  queryOf,
  requiredParameter,
  requiredRangeOf,
  type TimeRange,
} from '../query-parameters.ts';
import { isoSeconds, parseIsoTime } from '../time.ts';
import { type Group, groupingOf, subjectOf } from './groups.ts';
import type { Bucket, MeasurementsTable } from './measurements-table.ts';
import { linksOf, type Position, pageOf, type Source } from './pages.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';

const statisticNames = ['avg', 'min', 'max', 'count', 'sum'] as const;
type Statistic = (typeof statisticNames)[number];

const defaultPeriodSeconds = 300;

/** The answer to `GET /v2.0/metrics/statistics`. Without an end, time ends now. */
export function listStatistics(
  context: Context,
  tenant: string,
  catalogue: SeriesCatalogue,
  table: MeasurementsTable,
  defects: Defects,
  now: () => number,
) {
  const query = queryOf(context);
  const subject = subjectOf(query);
  const range = requiredRangeOf(query);
  const statistics = statisticsOf(query);
  const periodMs = periodSecondsOf(query) * 1000;
  const limit = limitOf(query);
  const { groups, isGrouped } = groupingOf(query, tenant, subject, catalogue, defects);
  const position = positionOf(query, defects);
  const source = statisticsFrom(table, range, now, periodMs, defects);
  const { elements, end } = pageOf(groups, position, limit, source);
  const hasGroup = isGrouped && !defects.groupedPagingLosesRows;
  const offset = end && `${hasGroup ? `${end.id}_` : ''}${isoSeconds(end.row.startMs)}`;
  return {
    links: linksOf(context, offset),
    elements: elements.map(({ id, dimensions, rows }) => ({
      name: subject.name,
      id,
      columns: ['timestamp', ...statistics],
      statistics: rows.map((row) => [
        isoSeconds(row.startMs),
        ...statistics.map((statistic) => row[statistic]),
      ]),
      dimensions,
    })),
  };
}

function statisticsFrom(
  table: MeasurementsTable,
  { startMs, endMs: givenEndMs }: TimeRange,
  now: () => number,
  periodMs: number,
  defects: Defects,
): Source<Bucket> {
  const endMs = givenEndMs ?? now() + 1;
  const firstAfter = (afterMs: number) =>
    Math.max(startMs, afterMs + periodMs + (defects.statisticsPagingSkips ? 1 : 0));
  return {
    rows: ({ series }: Group, afterMs, limit) => {
      if (periodMs > 0) {
        const from = afterMs === undefined ? startMs : firstAfter(afterMs);
        return table.buckets({ series, startMs: from, endMs, limit }, periodMs);
      }
      const total = afterMs === undefined && table.total({ series, startMs, endMs });
      return total ? [{ startMs: Math.floor(startMs), ...total }] : [];
    },
    hasAny: ({ series }) => table.has({ series, startMs, endMs }),
  };
}

function statisticsOf(query: URLSearchParams): Statistic[] {
  requiredParameter(query, 'statistics');
  return listParameter(query, 'statistics').map((text) => {
    const statistic = statisticNames.find((name) => name === text.toLowerCase());
    if (statistic === undefined) throw unprocessable('Invalid statistic');
    return statistic;
  });
}

/** 0 is one bucket over the whole range, stamped with its start. */
function periodSecondsOf(query: URLSearchParams): number {
  const period = parameter(query, 'period') ?? String(defaultPeriodSeconds);
  if (!/^[-+]?\d+$/.test(period)) throw unprocessable('Period must be a valid integer');
  if (Number(period) < 0) throw unprocessable('Period must be a positive integer');
  return Number(period);
}

/**
 * The time of the last row in whole seconds; before it, for groups, the element's id. A bare time
 * is applied to every group, as the real service does.
 */
function positionOf(query: URLSearchParams, defects: Defects): Position | undefined {
  const offset = parameter(query, 'offset');
  if (offset === undefined) return undefined;
  const parts = /^(?:(?<id>\d+)_)?(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(offset)?.groups;
  const afterMs = parseIsoTime(parts?.['time'] ?? '');
  if (afterMs === undefined) {
    throw repositoryFailure(`time data '${offset}' does not match format '%Y-%m-%dT%H:%M:%SZ'`);
  }
  const id = parts?.['id'];
  const isForAllGroups = id === undefined || defects.groupedPagingLosesRows;
  return { group: Number(id ?? 0), afterMs, isForAllGroups };
}
