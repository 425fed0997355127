import type { Context } from 'koa';
import { dimensionKeyFault, dimensionValueFault, nameFault } from './metrics/validation.ts';
import { badRequest, internalError, unprocessable } from './problems.ts';
import { parseIsoTime } from './time.ts';

const pageLimit = 10_000;

/** A half-open time range in epoch milliseconds. */
export type TimeRange = { startMs: number; endMs: number | undefined };

/** Reads only the query, so that an invalid `Host` does no harm. */
export function queryOf(context: Context): URLSearchParams {
  return new URLSearchParams(context.querystring);
}

/** The first value of a parameter that is not empty. */
export function parameter(query: URLSearchParams, name: string): string | undefined {
  return parameters(query, name)[0];
}

export function parameters(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).filter((value) => value !== '');
}

export function requiredParameter(query: URLSearchParams, name: string, title = name): string {
  const value = parameter(query, name);
  if (value === undefined) throw unprocessable(`Missing ${title}`);
  return value;
}

/** A list separated by commas, in one or several parameters. */
export function listParameter(query: URLSearchParams, name: string): string[] {
  return parameters(query, name).flatMap((value) => value.split(','));
}

export function limitOf(query: URLSearchParams): number {
  const limit = query.get('limit');
  if (limit === null) return pageLimit;
  if (!/^\d+$/.test(limit)) {
    throw unprocessable('Limit parameter must be a positive integer', 'Invalid limit');
  }
  return Math.min(Number(limit), pageLimit);
}

export function integerOffsetOf(query: URLSearchParams): number {
  const offset = parameter(query, 'offset');
  if (offset === undefined) return 0;
  if (!/^[-+]?\d+$/.test(offset)) {
    throw unprocessable(`Offset value ${offset} must be an integer`);
  }
  return Math.max(0, Number(offset));
}

export function metricNameOf(query: URLSearchParams): string | undefined {
  const name = parameter(query, 'name');
  const fault = name === undefined ? undefined : nameFault(name);
  if (fault !== undefined) throw unprocessable(fault);
  return name;
}

/**
 * `k:v` requires this value, `k:v|w` one of several (an anchored regular expression, as in
 * InfluxDB), `k` alone any value, represented by ''. Values may contain colons and spaces.
 */
export function dimensionsOf(query: URLSearchParams): Map<string, string> {
  const dimensions = new Map<string, string>();
  for (const part of listParameter(query, 'dimensions')) {
    const colon = part.indexOf(':');
    const [key, value] = colon < 0 ? [part, ''] : [part.slice(0, colon), part.slice(colon + 1)];
    dimensions.set(key, value);
  }
  for (const [key, value] of dimensions) {
    const alternatives = value === '' ? [] : value.split('|');
    const valueFaults = alternatives.map((alternative) => dimensionValueFault(key, alternative));
    const fault = [dimensionKeyFault(key), ...valueFaults].find((text) => text !== undefined);
    if (fault !== undefined) throw unprocessable(fault);
  }
  return dimensions;
}

/** The range of a query that must have a start. */
export function requiredRangeOf(query: URLSearchParams): TimeRange {
  requiredParameter(query, 'start_time', 'start time');
  return checkedRangeOf(query) ?? { startMs: 0, endMs: undefined };
}

/** The range of a query for metrics. An end alone is an internal error of the service. */
export function checkedRangeOf(query: URLSearchParams): TimeRange | undefined {
  const startMs = timeOf(query, 'start_time');
  const endMs = timeOf(query, 'end_time');
  if (startMs === undefined && endMs !== undefined) throw internalError();
  if (startMs === undefined) return undefined;
  if (endMs !== undefined && startMs >= endMs) {
    throw badRequest('start_time must be before end_time');
  }
  return { startMs, endMs };
}

/** The range of a query for dimensions. An end alone is ignored, and the order is not checked. */
export function lenientRangeOf(query: URLSearchParams): TimeRange | undefined {
  const startMs = timeOf(query, 'start_time');
  const endMs = timeOf(query, 'end_time');
  return startMs === undefined ? undefined : { startMs, endMs };
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = parameter(query, name);
  if (text === undefined) return undefined;
  const epochMs = parseIsoTime(text);
  if (epochMs === undefined) throw unprocessable(`Unable to parse date string '${text}'`);
  return epochMs;
}
