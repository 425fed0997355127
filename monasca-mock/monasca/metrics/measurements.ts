import type { Context } from 'koa';
import type { Defects } from '../defects.ts';
import { repositoryFailure, serviceUnavailable } from '../problems.ts';
import { parameter, queryOf, requiredRangeOf } from '../query-parameters.ts';
import { isoMilliseconds, parseIsoTime } from '../time.ts';
import { subjectOf } from './groups.ts';
import type { Measurement } from './measurements-table.ts';
import type { MetricsStore } from './metrics-store.ts';
import type { Position } from './pages.ts';
import { readingsPage } from './readings.ts';

/** The reply to `GET /v2.0/metrics/measurements`. */
export function listMeasurements(context: Context, tenant: string, store: MetricsStore) {
  const { table, defects } = store;
  const query = queryOf(context);
  const subject = subjectOf(query);
  const { startMs, endMs = Number.MAX_SAFE_INTEGER } = requiredRangeOf(query);
  return readingsPage<Measurement>(context, tenant, store, subject, {
    member: 'measurements',
    columns: ['timestamp', 'value', 'value_meta'],
    source: {
      rows: ({ series }, afterMs, limit) => {
        const from = afterMs === undefined ? startMs : Math.max(startMs, Math.floor(afterMs) + 1);
        return table.rows({ series, startMs: from, endMs, limit });
      },
      hasAny: ({ series }) => table.has({ series, startMs, endMs }),
    },
    position: () => positionOf(query, defects),
    formatRow,
    offsetAfter: ({ id, row }) => `${id}_${isoMilliseconds(row.timestampMs)}`,
  });
}

function formatRow({ timestampMs, value, valueMeta }: Measurement) {
  return [isoMilliseconds(timestampMs), value, valueMeta === null ? {} : JSON.parse(valueMeta)];
}

/** `<element id>_<ISO time>`, or a time alone as ISO or epoch milliseconds. */
function positionOf(query: URLSearchParams, defects: Defects): Position | undefined {
  const offset = parameter(query, 'offset');
  if (offset === undefined) return undefined;
  if (/^\d+$/.test(offset)) return { group: 0, afterMs: Number(offset), isForAllGroups: true };
  const underscore = offset.indexOf('_');
  const id = underscore < 0 ? '0' : offset.slice(0, underscore);
  if (!/^\d+$/.test(id)) {
    throw serviceUnavailable(`invalid literal for int() with base 10: '${id}'`);
  }
  const afterMs = parseIsoTime(offset.slice(underscore + 1));
  if (afterMs === undefined) {
    throw repositoryFailure(
      '400: {"error":"invalid operation: time and string are not compatible"}',
    );
  }
  const isForAllGroups = underscore < 0 || defects.groupedPagingLosesRows;
  return { group: Number(id), afterMs, isForAllGroups };
}
