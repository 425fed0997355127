import { Temporal } from 'temporal-polyfill';

/** How long a step is: so many milliseconds, or days, weeks or months of the calendar. */
export type Step =
  | { readonly unit: 'ms'; readonly count: number }
  | { readonly unit: 'days' | 'weeks' | 'months'; readonly count: number };

/** Half-open: from `fromMs` on, before `toMs`. */
export type Period = { readonly fromMs: number; readonly toMs: number };

export const stepExpected =
  'a number and s, m, h, d, w or mo, such as 15m, 1h, 1d, 1w or 1mo; what is longer than a day in ' +
  'whole days';

const dayMs = 86_400_000;
const clockUnits: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const calendarUnits: Readonly<Record<string, 'days' | 'weeks' | 'months'>> = {
  d: 'days',
  w: 'weeks',
  mo: 'months',
};
/** Beyond, a step would be longer than anything that is kept. */
const mostCount = 100_000;

/** Undefined for what is no step. */
export function parseStep(text: string): Step | undefined {
  const [match, digits, unit = ''] = /^([1-9]\d{0,7})(s|m|h|d|w|mo)$/.exec(text) ?? [];
  if (match === undefined) return undefined;
  const count = Number(digits);
  const calendarUnit = calendarUnits[unit];
  if (calendarUnit) return count > mostCount ? undefined : { unit: calendarUnit, count };
  const ms = count * (clockUnits[unit] ?? 0);
  if (ms < dayMs) return { unit: 'ms', count: ms };
  const days = ms / dayMs;
  return Number.isInteger(days) && days <= mostCount ? { unit: 'days', count: days } : undefined;
}

/** About how long it is. */
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
 * When the steps of a period begin, ascending: the first with the period, the others where the
 * clock and the calendar of the time zone have them; the last one ends with the period.
 *
 * Days begin at midnight, weeks on Monday, months with their first day; `count` of them are
 * together from 1970 on, so that where a step begins depends on no period. A day on which the
 * clocks change has 23 or 25 hours. Steps shorter than a day begin anew at each midnight: where
 * they do not fill the day, its last one is shorter.
 */
export function stepBeginnings({ fromMs, toMs }: Period, step: Step, timeZone: string): number[] {
  const beginnings = [fromMs];
  let last = fromMs;
  for (const mark of marks(fromMs, step, timeZone)) {
    if (mark >= toMs) break;
    // Where a zone has skipped a whole day, that day begins when the next one does.
    if (mark <= last) continue;
    beginnings.push(mark);
    last = mark;
  }
  return beginnings;
}

/** From a mark at or before `fromMs` on, without an end. */
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
