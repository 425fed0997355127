import { Temporal } from 'temporal-polyfill';

/** RFC 3339, with the offset of the time zone at that time; with `Z` in UTC. */
export function formatTime(ms: number, timeZone: string): string {
  if (timeZone === 'UTC') return new Date(ms).toISOString();
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', fractionalSecondDigits: 3 });
}
