import type { Context } from 'koa';
import type { Defects } from '../defects.ts';
import { repositoryFailure, unprocessable } from '../problems.ts';
import {
  listParameter,
  parameter,
  queryOf,
  requiredParameter,
  requiredRangeOf,
  type TimeRange,
} from '../query-parameters.ts';
import { isoSeconds, parseIsoTime } from '../time.ts';
import { subjectOf } from './groups.ts';
import type { Bucket } from './measurements-table.ts';
import type { MetricsStore } from './metrics-store.ts';
import type { PageSource, Position } from './pages.ts';
import { readingsPage } from './readings.ts';

const statisticNames = ['avg', 'min', 'max', 'count', 'sum'] as const;
type Statistic = (typeof statisticNames)[number];

const defaultPeriodSeconds = 300;

/** The reply to `GET /v2.0/metrics/statistics`. The default end is now. */
export function listStatistics(context: Context, tenant: string, store: MetricsStore) {
  const query = queryOf(context);
  const subject = subjectOf(query);
  const range = requiredRangeOf(query);
  const statistics = statisticsOf(query);
  const periodMs = periodSecondsOf(query) * 1000;
  return readingsPage<Bucket>(context, tenant, store, subject, {
    member: 'statistics',
    columns: ['timestamp', ...statistics],
    source: statisticsFrom(store, range, periodMs),
    position: () => positionOf(query, store.defects),
    formatRow: (row) => [isoSeconds(row.startMs), ...statistics.map((name) => row[name])],
    offsetAfter: ({ id, row }, isGrouped) => {
      const isNumbered = isGrouped && !store.defects.groupedPagingLosesRows;
      return `${isNumbered ? `${id}_` : ''}${isoSeconds(row.startMs)}`;
    },
  });
}

function statisticsFrom(
  { table, defects, now }: MetricsStore,
  { startMs, endMs = now() + 1 }: TimeRange,
  periodMs: number,
): PageSource<Bucket> {
  const firstAfter = (afterMs: number) =>
    Math.max(startMs, afterMs + periodMs + (defects.statisticsPagingSkips ? 1 : 0));
  return {
    rows: ({ series }, afterMs, limit) => {
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

/** 0 means one bucket over the whole range, with the time of its start. */
function periodSecondsOf(query: URLSearchParams): number {
  const period = parameter(query, 'period') ?? String(defaultPeriodSeconds);
  if (!/^[-+]?\d+$/.test(period)) throw unprocessable('Period must be a valid integer');
  if (Number(period) < 0) throw unprocessable('Period must be a positive integer');
  return Number(period);
}

/**
 * The time of the last row in whole seconds, preceded by the id of the element for groups. A time
 * alone applies to every group, as in the real service.
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
