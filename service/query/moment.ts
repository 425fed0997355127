import { parseTimestamp } from '../ingest/timestamp.ts';

/** A point in time as people ask for it: a timestamp, or one counted back from now. */
export const momentExpected =
  'an RFC 3339 time such as 2026-01-31T12:00:00Z, seconds or milliseconds since 1970, ' +
  'or now, now-30s, now-15m, now-1h, now-7d, now-2w';

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Epoch milliseconds, or undefined when the text is none of that. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs;
  const [match, count, unit = ''] = /^now-(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (match === undefined) return parseTimestamp(withOffset(text));
  return Math.max(0, nowMs - Number(count) * (unitMs[unit] ?? 0));
}

/** In a query a plus sign is a space: whoever forgot to encode that of an offset means it. */
const withOffset = (text: string): string => text.replace(/ (?=\d\d:\d\d$)/, '+');
