import { Temporal } from 'temporal-polyfill';
import type { Period, Step } from './period/query.ts';

const dayMs = 86_400_000;

/** Approximate length in milliseconds. */
export function stepMs({ unit, count }: Step): number {
  switch (unit) {
    case 'ms':
      return count;
    case 'days':
      return count * dayMs;
    case 'weeks':
      return count * 7 * dayMs;
    case 'months':
      return count * 30.4 * dayMs;
  }
}

/**
 * Beginnings of the steps of a period, ascending: the first with the period, the others aligned to
 * the clock and the calendar of the time zone. The last step ends with the period.
 *
 * Days begin at midnight, weeks on Monday, months with their first day; `count` of them form a step,
 * counted from 1970, so that a step begins at the same time in every period. A day on which the
 * clocks change has 23 or 25 hours. Steps shorter than a day begin anew at each midnight: if they do
 * not fill the day, its last step is shorter.
 */
export function stepBeginnings({ fromMs, toMs }: Period, step: Step, timeZone: string): number[] {
  const beginnings = [fromMs];
  let last = fromMs;
  for (const mark of marks(fromMs, step, timeZone)) {
    if (mark >= toMs) break;
    // A day that a time zone has skipped begins together with the next one.
    if (mark <= last) continue;
    beginnings.push(mark);
    last = mark;
  }
  return beginnings;
}

/** Endless, from a mark at or before `fromMs` on. */
function* marks(fromMs: number, step: Step, timeZone: string): Generator<number> {
  if (step.unit !== 'ms') {
    yield* calendarMarks(fromMs, step, timeZone);
    return;
  }
  let beginsMs: number | undefined;
  for (const nextMs of calendarMarks(fromMs, { unit: 'days', count: 1 }, timeZone)) {
    for (let ms = beginsMs ?? nextMs; ms < nextMs; ms += step.count) yield ms;
    beginsMs = nextMs;
  }
}

/** Weeks are counted from a Monday. */
const epochs = {
  days: Temporal.PlainDate.from('1970-01-01'),
  weeks: Temporal.PlainDate.from('1969-12-29'),
  months: Temporal.PlainDate.from('1970-01-01'),
};

function* calendarMarks(
  fromMs: number,
  { unit, count }: Exclude<Step, { unit: 'ms' }>,
  timeZone: string,
): Generator<number> {
  const epoch = epochs[unit];
  const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timeZone);
  const passed = from.toPlainDate().since(epoch, { largestUnit: unit })[unit];
  for (let at = Math.floor(passed / count); ; at++) {
    yield epoch.add({ [unit]: at * count }).toZonedDateTime(timeZone).epochMilliseconds;
  }
}

/** RFC 3339, with the offset of the time zone at that time; with `Z` in UTC. */
export function formatTime(ms: number, timeZone: string): string {
  if (timeZone === 'UTC') return new Date(ms).toISOString();
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', fractionalSecondDigits: 3 });
}
