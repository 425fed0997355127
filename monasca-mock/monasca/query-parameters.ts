import type { Context } from 'koa';
import { dimensionKeyFault, dimensionValueFault, nameFault } from './metrics/validation.ts';
import { badRequest, internalError, unprocessable } from './problems.ts';
import { parseIsoTime } from './time.ts';

export const pageLimit = 10_000;

/** A half-open time range in epoch milliseconds; no start means all that there is. */
export type TimeRange = { startMs: number; endMs: number | undefined };

/** Read from the query alone, so that a strange `Host` is nobody's concern. */
export function queryOf(context: Context): URLSearchParams {
  return new URLSearchParams(context.querystring);
}

/** The value of a parameter: `+` is a space, empty ones do not count, the first one wins. */
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

/** Comma lists may also be given by repeating the parameter. */
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
 * `k:v` wants this value, `k:v|w` one of them (matched as anchored regular expressions, as InfluxDB
 * does), `k` alone any value, written as ''. Nothing is trimmed; a value may contain colons.
 */
export function dimensionsOf(query: URLSearchParams): Map<string, string> {
  const dimensions = new Map<string, string>();
  for (const part of listParameter(query, 'dimensions')) {
    const colon = part.indexOf(':');
    const [key, value] = colon < 0 ? [part, ''] : [part.slice(0, colon), part.slice(colon + 1)];
    dimensions.set(key, value);
  }
  for (const [key, value] of dimensions) {
    const fault = dimensionKeyFault(key) ?? queryValueFault(key, value);
    if (fault !== undefined) throw unprocessable(fault);
  }
  return dimensions;
}

function queryValueFault(key: string, value: string): string | undefined {
  if (value === '') return undefined;
  for (const alternative of value.split('|')) {
    const fault = dimensionValueFault(key, alternative);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The range of a query that must have a start. */
export function requiredRangeOf(query: URLSearchParams): TimeRange {
  requiredParameter(query, 'start_time', 'start time');
  return checkedRangeOf(query) ?? { startMs: 0, endMs: undefined };
}

/** As the service checks it on metrics: an end alone makes it stumble. */
export function checkedRangeOf(query: URLSearchParams): TimeRange | undefined {
  const startMs = timeOf(query, 'start_time');
  const endMs = timeOf(query, 'end_time');
  if (startMs === undefined) {
    if (endMs !== undefined) throw internalError();
    return undefined;
  }
  if (endMs !== undefined && startMs >= endMs) {
    throw badRequest('start_time must be before end_time');
  }
  return { startMs, endMs };
}

/** As the service takes it on dimensions: an end alone is ignored, nothing is compared. */
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
