import type { Context } from 'koa';
import type { Defects } from '../defects.ts';
import { repositoryFailure, serviceUnavailable } from '../problems.ts';
import { limitOf, parameter, queryOf, requiredRangeOf } from '../query-parameters.ts';
import { isoMilliseconds, parseIsoTime } from '../time.ts';
import { type Group, groupingOf, subjectOf } from './groups.ts';
import type { Measurement, MeasurementsTable } from './measurements-table.ts';
import { linksOf, type Position, pageOf, type Source } from './pages.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';

/** The answer to `GET /v2.0/metrics/measurements`. */
export function listMeasurements(
  context: Context,
  tenant: string,
  catalogue: SeriesCatalogue,
  table: MeasurementsTable,
  defects: Defects,
) {
  const query = queryOf(context);
  const subject = subjectOf(query);
  const range = requiredRangeOf(query);
  const limit = limitOf(query);
  const { groups } = groupingOf(query, tenant, subject, catalogue, defects);
  const position = positionOf(query, defects);
  const source = measurementsFrom(table, range.startMs, range.endMs ?? Number.MAX_SAFE_INTEGER);
  const { elements, end } = pageOf(groups, position, limit, source);
  const offset = end && `${end.id}_${isoMilliseconds(end.row.timestampMs)}`;
  return {
    links: linksOf(context, offset),
    elements: elements.map(({ id, dimensions, rows }) => ({
      name: subject.name,
      id,
      columns: ['timestamp', 'value', 'value_meta'],
      measurements: rows.map(rowOf),
      dimensions,
    })),
  };
}

function measurementsFrom(
  table: MeasurementsTable,
  startMs: number,
  endMs: number,
): Source<Measurement> {
  return {
    rows: ({ series }: Group, afterMs, limit) => {
      const from = afterMs === undefined ? startMs : Math.max(startMs, Math.floor(afterMs) + 1);
      return table.rows({ series, startMs: from, endMs, limit });
    },
    hasAny: ({ series }) => table.has({ series, startMs, endMs }),
  };
}

function rowOf({ timestampMs, value, valueMeta }: Measurement) {
  return [isoMilliseconds(timestampMs), value, valueMeta === null ? {} : JSON.parse(valueMeta)];
}

/** `<element id>_<ISO time>`; the service also takes a bare time, ISO or epoch milliseconds. */
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
