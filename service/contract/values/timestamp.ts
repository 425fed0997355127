/**
 * Reads the timestamp of an emitter, in any unit.
 *
 * Seconds, milliseconds, microseconds and nanoseconds since the epoch differ in size: the
 * bounds are a factor of 1000 apart, and each unit covers the years 1973 to 5138 (seconds: from
 * 1970). RFC 3339 text is taken with any offset, also
 * as ISO 8601 has it: `,` before decimals, `+0000` without colon. The result is whole milliseconds, rounded down,
 * as Monasca does with fractions.
 */
const units = [
  { below: 1e11, perMs: 1e-3 },
  { below: 1e14, perMs: 1 },
  { below: 1e17, perMs: 1e3 },
  { below: 1e20, perMs: 1e6 },
] as const;

export const timestampExpected =
  'seconds, milliseconds, microseconds or nanoseconds since 1970 as a number or digits, ' +
  'or an RFC 3339 time such as 2026-01-31T12:00:00Z';

/** Epoch ms; undefined when the value is no time. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') return undefined;
  const [match, whole = '', fraction = ''] = /^(\d{1,20})(?:[.,](\d{1,20}))?$/.exec(value) ?? [];
  return match === undefined ? fromRfc3339(value) : fromDigits(whole, fraction);
}

function fromNumber(value: number): number | undefined {
  if (!(value >= 0)) return undefined;
  const unit = units.find(({ below }) => value < below);
  if (!unit) return undefined;
  return unit.perMs === 1e-3 ? fromSeconds(value) : Math.floor(value / unit.perMs);
}

/** Uses the decimals as the sender wrote them: 1795150800.123 in binary is slightly less. */
function fromSeconds(seconds: number): number {
  if (Number.isInteger(seconds) || seconds < 1e-3) return Math.floor(seconds) * 1_000;
  const [whole = '', decimals = ''] = String(seconds).split('.');
  return fromDigits(whole, decimals);
}

/** Digits go by text, not by number: a nanosecond count does not fit a double. */
function fromDigits(whole: string, fraction: string): number {
  const significant = whole.replace(/^0+(?=\d)/, '');
  const { length } = significant;
  if (length <= 11) return Number(significant) * 1_000 + millisecondsOf(fraction);
  if (length <= 14) return Number(significant);
  return Number(significant.slice(0, length <= 17 ? -3 : -6));
}

/** The whole milliseconds in the decimals of a second. */
const millisecondsOf = (decimals: string) => Number(decimals.slice(0, 3).padEnd(3, '0'));

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,20}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

function fromRfc3339(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const [offsetHours = 0, offsetMinutes = 0] = match.slice(9, 11).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) {
    return undefined;
  }
  const midnight = Date.UTC(year, month - 1, day);
  // A day that the month does not have would roll over into the next one, and the years 0 to 99
  // are taken for those of the last century.
  if (!new Date(midnight).toISOString().startsWith(text.slice(0, 10))) return undefined;
  const offsetMs = (match[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  const secondMs = midnight + ((hour * 60 + minute) * 60 + second) * 1_000 - offsetMs;
  // A leap second ends a day of UTC; it is taken for the first second of the next one.
  if (second === 60 && secondMs % 86_400_000 !== 0) return undefined;
  const utc = secondMs + millisecondsOf(match[7] ?? '');
  return utc >= 0 ? utc : undefined;
}
