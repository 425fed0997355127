import type { DatabaseSync } from 'node:sqlite';
import { unprocessable } from '../problems.ts';
import { isRecord, pythonTypeName } from '../python-text.ts';
import type { MeasurementsTable } from './measurements-table.ts';
import type { Dimensions, SeriesCatalogue } from './series-catalogue.ts';
import {
  dimensionsFault,
  nameFault,
  timestampFault,
  valueFault,
  valueMetaFault,
} from './validation.ts';

/** A valid posted metric. */
export type Metric = {
  name: string;
  dimensions: Readonly<Dimensions>;
  timestamp: number;
  value: number;
  valueMeta: Readonly<Record<string, unknown>> | undefined;
};

/** Latest time with a calendar date; the real store drops points beyond it silently. */
const lastStorableMs = 8.64e15;

/** Number of cached series after which the cache starts again. */
const maxCached = 500_000;

type Point = { metric: Metric; key: string | undefined };

export type Intake = ReturnType<typeof createIntake>;

/**
 * The intake of metrics, the path of every load. The cache holds the ids of series by a text of
 * their parts in the received order. A metric with a cached text has a valid name and valid
 * dimensions, so that they are not checked again. An invalid metric never has the text of a valid
 * one: no separator can occur in a valid part, and the text ends with the number of dimensions.
 */
export function createIntake(
  database: DatabaseSync,
  catalogue: SeriesCatalogue,
  measurements: MeasurementsTable,
  rejects: (metric: Metric) => boolean,
) {
  const ids = new Map<string, number>();
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');

  const check = (prefix: string, body: unknown): Point => {
    if (!isRecord(body)) throw unprocessable(notAnObject(body));
    const key = seriesKey(prefix, body['name'], body['dimensions']);
    const isCached = key !== undefined && ids.has(key);
    const fault = isCached ? restFault(body) : wholeFault(body);
    if (fault !== undefined) throw unprocessable(fault);
    const metric = metricOf(body);
    if (rejects(metric)) throw unprocessable(`rejected by the mock: for metric ${metric.name}`);
    return { metric, key };
  };

  const seriesOf = (tenant: string, { metric, key = '' }: Point): number => {
    const cached = ids.get(key);
    if (cached !== undefined) return cached;
    if (ids.size >= maxCached) ids.clear();
    const id = catalogue.idOf(tenant, metric.name, metric.dimensions);
    ids.set(key, id);
    return id;
  };

  return {
    /** Stores one metric or an array of them: all, or none with the 422 of the first fault. */
    accept(tenant: string, body: unknown): void {
      // A JSON string ends unambiguously, so that two projects never share a text.
      const prefix = JSON.stringify(tenant);
      const metrics = Array.isArray(body) ? body : [body];
      const points = metrics.map((metric) => check(prefix, metric));
      begin.run();
      try {
        for (const point of points) {
          const { timestamp, value, valueMeta } = point.metric;
          if (Math.abs(timestamp) > lastStorableMs) continue;
          const text = valueMeta === undefined ? null : JSON.stringify(valueMeta);
          measurements.put(seriesOf(tenant, point), timestamp, value, text);
        }
        commit.run();
      } catch (error) {
        rollback.run();
        ids.clear();
        throw error;
      }
    },
  };
}

/** Undefined for what cannot be a valid metric. */
function seriesKey(prefix: string, name: unknown, dimensions: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (dimensions === undefined) return `${prefix}${name};0`;
  if (!isRecord(dimensions)) return undefined;
  let key = `${prefix}${name};`;
  let count = 0;
  for (const dimension in dimensions) {
    const value = dimensions[dimension];
    if (typeof value !== 'string') return undefined;
    key += `${dimension}=${value},`;
    count++;
  }
  return key + count;
}

function wholeFault(metric: Record<string, unknown>): string | undefined {
  const { name } = metric;
  if (name === undefined) return "'name'";
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  return restFault(metric, dimensionsFault(metric['dimensions']));
}

/** Checks all but name and dimensions, whose fault is between the others in the service's order. */
function restFault(
  metric: Record<string, unknown>,
  dimensionFault?: string | undefined,
): string | undefined {
  const { name, value, timestamp } = metric;
  if (value === undefined) return `"'value': for metric ${name}"`;
  const valueProblem = valueFault(value);
  if (valueProblem !== undefined) return `${valueProblem}: for metric ${name}`;
  if (timestamp === undefined) return `"'timestamp': for metric ${name}"`;
  const fault = timestampFault(timestamp) ?? dimensionFault ?? valueMetaFault(metric['value_meta']);
  return fault === undefined ? undefined : `${fault}: for metric ${name}`;
}

/** For a valid body only, which makes these conversions safe. */
function metricOf(body: Record<string, unknown>): Metric {
  const { name, dimensions, timestamp, value, value_meta: meta } = body;
  const valueMeta = isRecord(meta) && !isEmpty(meta) ? meta : undefined;
  return {
    name: String(name),
    dimensions: isDimensions(dimensions) ? dimensions : {},
    timestamp: Math.trunc(Number(timestamp)),
    value: Number(value),
    valueMeta,
  };
}

function isDimensions(value: unknown): value is Dimensions {
  return isRecord(value);
}

function isEmpty(record: Record<string, unknown>): boolean {
  for (const _ in record) return false;
  return true;
}

function notAnObject(body: unknown): string {
  if (typeof body === 'string') return "string indices must be integers, not 'str'";
  if (Array.isArray(body)) return 'list indices must be integers or slices, not str';
  return `'${pythonTypeName(body)}' object is not subscriptable`;
}
