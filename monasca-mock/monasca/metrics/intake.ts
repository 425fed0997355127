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

/** A metric as it was posted and found in order. */
export type Metric = {
  name: string;
  dimensions: Readonly<Dimensions>;
  timestamp: number;
  value: number;
  valueMeta: Readonly<Record<string, unknown>> | undefined;
};

export type Intake = {
  /** Stores one metric or an array of them: all of them, or none and the 422 of the first fault. */
  accept(tenant: string, body: unknown): void;
};

/** Beyond these times there is no calendar date; the real store drops such points silently. */
const lastStorableMs = 8.64e15;

/** After so many series the memory of what is known begins anew; the table knows them all. */
const rememberedSeries = 500_000;

type Point = { metric: Metric; key: string };

/**
 * The road that every load takes. A series that was seen before is known by a text of its parts in
 * the order in which they came, and with it that its name and dimensions are valid: neither is
 * looked at again. What the text contains is safe: in a valid metric none of its separators can
 * occur, and the number of dimensions at its end tells an invalid one that looks alike.
 */
export function createIntake(
  database: DatabaseSync,
  catalogue: SeriesCatalogue,
  measurements: MeasurementsTable,
  rejects: (metric: Metric) => boolean,
): Intake {
  const known = new Map<string, Map<string, number>>();
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  let remembered = 0;

  const seriesOf = (tenant: string, { metric, key }: Point): number => {
    if (remembered >= rememberedSeries) {
      known.clear();
      remembered = 0;
    }
    let ids = known.get(tenant);
    if (!ids) {
      ids = new Map();
      known.set(tenant, ids);
    }
    let id = ids.get(key);
    if (id === undefined) {
      id = catalogue.idOf(tenant, metric.name, metric.dimensions);
      ids.set(key, id);
      remembered++;
    }
    return id;
  };

  const check = (tenant: string, body: unknown): Point => {
    if (!isRecord(body)) throw unprocessable(notAnObject(body));
    const name = body['name'];
    const key = seriesKey(name, body['dimensions']);
    const isKnown = key !== undefined && known.get(tenant)?.has(key) === true;
    const fault = isKnown ? restFault(body) : wholeFault(body);
    if (fault !== undefined) throw unprocessable(fault);
    const metric = metricOf(body);
    if (rejects(metric)) throw unprocessable(`rejected by the mock: for metric ${metric.name}`);
    return { metric, key: key ?? '' };
  };

  return {
    accept(tenant, body) {
      const points = Array.isArray(body)
        ? body.map((metric) => check(tenant, metric))
        : [check(tenant, body)];
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
        known.clear();
        remembered = 0;
        throw error;
      }
    },
  };
}

/** undefined: it cannot be a valid metric, or not the text of one. */
function seriesKey(name: unknown, dimensions: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (dimensions === undefined) return `${name};0`;
  if (!isRecord(dimensions)) return undefined;
  let key = `${name};`;
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

/** All but name and dimensions, whose fault is given because it stands between the others. */
function restFault(
  metric: Record<string, unknown>,
  faultOfDimensions?: string | undefined,
): string | undefined {
  const { name, value, timestamp } = metric;
  if (value === undefined) return `"'value': for metric ${name}"`;
  const valueProblem = valueFault(value);
  if (valueProblem !== undefined) return `${valueProblem}: for metric ${name}`;
  if (timestamp === undefined) return `"'timestamp': for metric ${name}"`;
  const fault =
    timestampFault(timestamp) ?? faultOfDimensions ?? valueMetaFault(metric['value_meta']);
  return fault === undefined ? undefined : `${fault}: for metric ${name}`;
}

/** Only for a body without fault, which makes the conversions and narrowings below harmless. */
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
