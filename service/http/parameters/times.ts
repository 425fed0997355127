import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { parseTimestamp } from '../../contract/values/timestamp.ts';

import type { PeriodQuery, Step } from '../../query/period/query.ts';
import type { QueryParameter, QueryString } from './parameters.ts';

const timeExpected =
  'an RFC 3339 time such as 2026-01-31T12:00:00Z, a date such as 2026-01-31 or 2026-01, seconds ' +
  'or milliseconds since 1970, or now, now-30s, now-15m, now-1h, now-7d, now-2w';

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A time: a timestamp, a date, or one relative to now. */
export const timeParameter = (name: string, description: string) => ({
  name,
  description: `${description} ${timeExpected[0]?.toUpperCase()}${timeExpected.slice(1)}.`,
  schema: z.string(),
  read: (query: QueryString, timeZone?: string): number | undefined =>
    query.parse(name, timeExpected, (text) => parseTime(text, query.nowMs, timeZone)),
});

export const timeZoneParameter: QueryParameter<string> = {
  name: 'tz',
  description:
    'The time zone of dates without an offset, of days, weeks and months, and of the times in ' +
    'the response: an IANA name such as `Europe/Zurich`.',
  schema: z.string().meta({ default: 'UTC' }),
  read: (query) =>
    query.parse('tz', 'an IANA time zone such as Europe/Zurich', parseTimeZone) ?? 'UTC',
};

/**
 * Epoch milliseconds, or undefined for any other text. A date is its midnight in the time zone, a
 * month the midnight of its first day, and a time without an offset is one of the zone.
 */
export function parseTime(text: string, nowMs: number, timeZone = 'UTC'): number | undefined {
  if (text === 'now') return nowMs;
  const [match, count, unit = ''] = /^now-(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (match !== undefined) return Math.max(0, nowMs - Number(count) * (unitMs[unit] ?? 0));
  return parseTimestamp(withOffset(text)) ?? parseLocalTime(text, timeZone);
}

/** In a query string an unencoded plus sign is a space, in an offset too. */
const withOffset = (text: string): string => text.replace(/ (?=\d\d:\d\d$)/, '+');

const localTime = /^(\d{4}-\d\d)(-\d\d)?((?<=-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?$/;

function parseLocalTime(text: string, timeZone: string): number | undefined {
  const [match, month, day = '-01', time = ''] = localTime.exec(text) ?? [];
  if (match === undefined) return undefined;
  return undefinedIfOutOfRange(() => {
    const local = Temporal.PlainDateTime.from(`${month}${day}${time}`, { overflow: 'reject' });
    const zoned =
      time === '' ? local.toPlainDate().toZonedDateTime(timeZone) : local.toZonedDateTime(timeZone);
    return zoned.epochMilliseconds < 0 ? undefined : zoned.epochMilliseconds;
  });
}

/** Name of the time zone as IANA spells it, or undefined for an unknown one. */
export function parseTimeZone(text: string): string | undefined {
  const name = text.replaceAll(' ', '+');
  if (!/^[A-Za-z][\w+/-]{1,60}$/.test(name)) return undefined;
  const epoch = Temporal.Instant.fromEpochMilliseconds(0);
  return undefinedIfOutOfRange(() => epoch.toZonedDateTimeISO(name).timeZoneId);
}

/** Temporal throws a RangeError for a time or a time zone that does not exist. */
function undefinedIfOutOfRange<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (Error.isError(error) && error.name === 'RangeError') return undefined;
    throw error;
  }
}

const stepExpected =
  'a number and s, m, h, d, w or mo, such as 15m, 1h, 1d, 1w or 1mo; what is longer than a day in ' +
  'whole days';

const dayMs = 86_400_000;
const clockUnits: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const calendarUnits: Readonly<Record<string, 'days' | 'weeks' | 'months'>> = {
  d: 'days',
  w: 'weeks',
  mo: 'months',
};
/** A longer step is longer than any retention. */
const maxCount = 100_000;

export const stepParameter: QueryParameter<Step | undefined> = {
  name: 'step',
  description: `Length of the steps: ${stepExpected}. Without it, totals over the period.`,
  schema: z.string(),
  read: (query) => query.parse('step', stepExpected, parseStep),
};

/** Undefined for a text that is not a step. */
export function parseStep(text: string): Step | undefined {
  const [match, digits, unit = ''] = /^([1-9]\d{0,7})(s|m|h|d|w|mo)$/.exec(text) ?? [];
  if (match === undefined) return undefined;
  const count = Number(digits);
  const calendarUnit = calendarUnits[unit];
  if (calendarUnit) return count > maxCount ? undefined : { unit: calendarUnit, count };
  const ms = count * (clockUnits[unit] ?? 0);
  if (ms < dayMs) return { unit: 'ms', count: ms };
  const days = ms / dayMs;
  return Number.isInteger(days) && days <= maxCount ? { unit: 'days', count: days } : undefined;
}

const from = timeParameter('from', 'Beginning of the period; the default is a day before its end.');
const to = timeParameter('to', 'End of the period, excluded; the default is now, included.');

export const periodParameters = [from, to, timeZoneParameter];

/** The period of a query: not before the retention, and not in the future. */
export function readPeriod(query: QueryString, retentionMs: number): Omit<PeriodQuery, 'filter'> {
  const { nowMs } = query;
  const keptFromMs = Math.max(0, nowMs - retentionMs);
  const timeZone = timeZoneParameter.read(query);
  const givenMs = from.read(query, timeZone);
  const endMs = to.read(query, timeZone) ?? nowMs;
  const fromMs = givenMs ?? Math.max(keptFromMs, Math.min(endMs, nowMs) - dayMs);
  // A heartbeat of the current millisecond belongs to a period until now.
  const toMs = endMs >= nowMs ? nowMs + 1 : endMs;
  if (fromMs < keptFromMs) {
    const kept = new Date(keptFromMs).toISOString();
    query.refuse(
      'from',
      `a time from ${kept} on: what was before is not kept (ledger.retentionDays)`,
    );
  } else if (fromMs > nowMs) query.refuse('from', 'a time that is not in the future');
  else if (toMs <= fromMs) query.refuse('to', 'a time after "from"');
  return { fromMs, toMs, timeZone, nowMs };
}
