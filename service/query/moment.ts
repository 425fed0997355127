import { Temporal } from 'temporal-polyfill';
import { parseTimestamp } from '../contract/values/timestamp.ts';

/** A point in time as people ask for it: a timestamp, a date, or one counted back from now. */
export const momentExpected =
  'an RFC 3339 time such as 2026-01-31T12:00:00Z, a date such as 2026-01-31 or 2026-01, seconds ' +
  'or milliseconds since 1970, or now, now-30s, now-15m, now-1h, now-7d, now-2w';

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Epoch milliseconds, or undefined when the text is none of that. A date is its midnight in the
 * time zone, a month that of its first day, and a time without an offset is one of the zone.
 */
export function parseMoment(text: string, nowMs: number, timeZone = 'UTC'): number | undefined {
  if (text === 'now') return nowMs;
  const [match, count, unit = ''] = /^now-(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (match !== undefined) return Math.max(0, nowMs - Number(count) * (unitMs[unit] ?? 0));
  return parseTimestamp(withOffset(text)) ?? parseLocal(text, timeZone);
}

/** In a query a plus sign is a space: whoever forgot to encode that of an offset means it. */
const withOffset = (text: string): string => text.replace(/ (?=\d\d:\d\d$)/, '+');

const localTime = /^(\d{4}-\d\d)(-\d\d)?((?<=-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?$/;

function parseLocal(text: string, timeZone: string): number | undefined {
  const [match, month, day = '-01', time = ''] = localTime.exec(text) ?? [];
  if (match === undefined) return undefined;
  return orNothing(() => {
    const local = Temporal.PlainDateTime.from(`${month}${day}${time}`, { overflow: 'reject' });
    const zoned =
      time === '' ? local.toPlainDate().toZonedDateTime(timeZone) : local.toZonedDateTime(timeZone);
    return zoned.epochMilliseconds < 0 ? undefined : zoned.epochMilliseconds;
  });
}

/** The name of the time zone as IANA writes it, or undefined when there is none with this name. */
export function parseTimeZone(text: string): string | undefined {
  const name = text.replaceAll(' ', '+');
  if (!/^[A-Za-z][\w+/-]{1,60}$/.test(name)) return undefined;
  const epoch = Temporal.Instant.fromEpochMilliseconds(0);
  return orNothing(() => epoch.toZonedDateTimeISO(name).timeZoneId);
}

/** Temporal throws a RangeError for a time, and for a zone, that there is not. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (Error.isError(error) && error.name === 'RangeError') return undefined;
    throw error;
  }
}

/** RFC 3339, with the offset that holds then in the time zone; with `Z` in UTC. */
export function formatMoment(ms: number, timeZone: string): string {
  if (timeZone === 'UTC') return new Date(ms).toISOString();
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', fractionalSecondDigits: 3 });
}
