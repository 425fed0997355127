import type { AskedActive } from './asked.ts';
import { parseStep, stepMs } from './steps.ts';

/** An answer has no more rows: it is to be looked at, and what makes it long is a choice. */
export const mostRows = 50_000;

/** Steps that people ask for. */
const usual = '1s 5s 10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 1w 1mo'.split(' ');

type Question = Pick<AskedActive, 'fromMs' | 'toMs' | 'step' | 'hasZeros'>;

/** What would be answered in place of a question with so many groups, in the words of a problem. */
export function tooManyRows({ fromMs, toMs, step, hasZeros }: Question, groups: number): string {
  const most = `at most ${count(mostRows)} rows`;
  if (groups > mostRows)
    return `${most}, and there are ${count(groups)} groups: a filter, or fewer in "by"`;
  const stepsEach = Math.floor(mostRows / Math.max(1, groups));
  const periodMs = toMs - fromMs;
  // The first and the last step may be cut.
  const fitting = usual.find((text) => {
    const one = parseStep(text);
    return one && periodMs / stepMs(one) + 1 <= stepsEach;
  });
  const ways = [
    ...(fitting === undefined ? ['no step at all'] : [`a step of ${fitting} or more`]),
    ...(step && stepsEach > 1
      ? [`a period of at most ${length((stepsEach - 1) * stepMs(step))}`]
      : []),
    ...(groups > 1 ? ['a filter, or fewer in "by"'] : []),
    ...(groups > 1 && hasZeros ? ['zeros=false'] : []),
  ];
  const of = groups > 1 ? `, and there are ${count(groups)} groups` : '';
  return `${most}${of}: ${ways.join('; or ')}`;
}

const count = (number: number) => number.toLocaleString('en-US');

/** Rounded down to two units. */
function length(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  const at = units.findIndex(([, unitMs]) => ms >= unitMs);
  let rest = ms;
  return units
    .slice(at, at + 2)
    .flatMap(([unit, unitMs]) => {
      const whole = Math.floor(rest / unitMs);
      rest -= whole * unitMs;
      return whole === 0 ? [] : [`${whole} ${unit}`];
    })
    .join(' ');
}
