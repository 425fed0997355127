import { z } from 'zod';
import { formatDuration } from '../../contract/values/duration.ts';
import { type ActiveQuery, maxResultRows } from '../../query/active/query.ts';
import { type Step, stepMs } from '../../query/active/steps.ts';
import type { QueryParameter } from './parameter.ts';

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

const usualSteps = '1s 5s 10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 1w 1mo'.split(' ');

/** Describes queries with few enough rows, in place of one with so many groups. */
export function fewerRowsExpected(
  { fromMs, toMs, step, hasZeros }: Pick<ActiveQuery, 'fromMs' | 'toMs' | 'step' | 'hasZeros'>,
  groups: number,
): string {
  const most = `at most ${formatCount(maxResultRows)} rows`;
  if (groups > maxResultRows)
    return `${most}, and there are ${formatCount(groups)} groups: a filter, or fewer in "by"`;
  const stepsEach = Math.floor(maxResultRows / Math.max(1, groups));
  const periodMs = toMs - fromMs;
  // The first and the last step may be shorter.
  const fitting = usualSteps.find((text) => {
    const one = parseStep(text);
    return one && periodMs / stepMs(one) + 1 <= stepsEach;
  });
  const ways = [
    fitting === undefined ? 'no step at all' : `a step of ${fitting} or more`,
    ...(step && stepsEach > 1
      ? [`a period of at most ${formatDuration((stepsEach - 1) * stepMs(step))}`]
      : []),
    ...(groups > 1 ? ['a filter, or fewer in "by"'] : []),
    ...(groups > 1 && hasZeros ? ['zeros=false'] : []),
  ];
  const of = groups > 1 ? `, and there are ${formatCount(groups)} groups` : '';
  return `${most}${of}: ${ways.join('; or ')}`;
}

const formatCount = (number: number) => number.toLocaleString('en-US');
