/**
 * The times that the service accepts: ISO 8601 in its basic or extended form, a `T` or a space before
 * the time of day, any zone (by default UTC), and a date, a month or a year alone.
 */
const iso8601 =
  /^(?<year>\d{4})(?:(?:-(?<monthDash>\d{1,2})|(?<month>\d{2})(?!$))(?:(?:-(?<dayDash>\d{1,2})|(?<day>\d{2}))(?:[ T](?<hour>\d{2})(?::?(?<minute>\d{2}))?(?::?(?<second>\d{1,2})(?:[.,](?<fraction>\d+))?)?(?<zone>Z|[-+]\d{2}:?(?:\d{2})?)?)?)?)?$/;

/** Epoch milliseconds with microseconds as decimals; undefined for anything but such a time. */
export function parseIsoTime(text: string): number | undefined {
  const parts = iso8601.exec(text)?.groups;
  if (!parts) return undefined;
  const number = (digits: string | undefined, otherwise: number) =>
    digits === undefined ? otherwise : Number(digits);
  const year = number(parts['year'], 0);
  const month = number(parts['monthDash'] ?? parts['month'], 1);
  const day = number(parts['dayDash'] ?? parts['day'], 1);
  const hour = number(parts['hour'], 0);
  const minute = number(parts['minute'], 0);
  const second = number(parts['second'], 0);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal =
    year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month >= 1;
  if (!isReal || hour > 23 || minute > 59 || second > 59) return undefined;
  date.setUTCHours(hour, minute, second, 0);
  const microseconds = Number((parts['fraction'] ?? '').slice(0, 6).padEnd(6, '0'));
  return date.getTime() + microseconds / 1000 - zoneOffsetMs(parts['zone']);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return minutes * 60_000 * (zone.startsWith('-') ? -1 : 1);
}

/** `2026-11-20T05:00:00.000Z`: the format of measurements. */
export function isoMilliseconds(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** `2026-11-20T05:00:00Z`: the format of statistics. */
export function isoSeconds(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -5)}Z`;
}
