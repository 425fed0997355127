import { describe, expect, it } from '@jest/globals';
import { createCalendar } from '../../service/silences/calendar.ts';

const hour = 3_600;
const at = (text: string) => Date.parse(text);
const written = (times: { fromMs: number; untilMs: number } | undefined) =>
  times && [times.fromMs, times.untilMs].map((ms) => new Date(ms).toISOString().slice(5, 16));

/** All times that it is open between two times, checked at every minute. */
function openings(cron: string, timeZone: string, from: string, to: string, seconds = hour) {
  const calendar = createCalendar({ cron, timeZone, durationSeconds: seconds });
  const seen = new Set<string>();
  for (let ms = at(from); ms < at(to); ms += 60_000) {
    const found = written(calendar.at(ms));
    if (found) seen.add(found.join(' – '));
  }
  return [...seen];
}

describe('createCalendar', () => {
  it.each([
    [
      'by the clocks of the time zone',
      '30 2 * * *',
      ['2026-01-10T00:00Z', '2026-01-12T00:00Z'],
      ['01-10T01:30 – 01-10T02:30', '01-11T01:30 – 01-11T02:30'],
    ],
    [
      'on the first Sunday of a month: both have to match where one begins with a star',
      '0 2 1-7 * */7',
      ['2026-01-01T00:00Z', '2026-03-01T00:00Z'],
      ['01-04T01:00 – 01-04T02:00', '02-01T01:00 – 02-01T02:00'],
    ],
    [
      'on Mondays with an uneven date',
      '0 2 */2 * 1',
      ['2026-01-01T00:00Z', '2026-01-25T00:00Z'],
      ['01-05T01:00 – 01-05T02:00', '01-19T01:00 – 01-19T02:00'],
    ],
    [
      'on the fifth, and on Mondays: one of the two is enough without a star',
      '0 2 6 * 1',
      ['2026-01-01T00:00Z', '2026-01-10T00:00Z'],
      ['01-05T01:00 – 01-05T02:00', '01-06T01:00 – 01-06T02:00'],
    ],
    [
      'after the gap, where the clocks go forward over its time',
      '30 2 * * *',
      ['2026-03-28T00:00Z', '2026-03-31T00:00Z'],
      ['03-28T01:30 – 03-28T02:30', '03-29T01:00 – 03-29T02:00', '03-30T00:30 – 03-30T01:30'],
    ],
    [
      'at one of several times, where that one is in the gap',
      '30 2,14 * * *',
      ['2026-03-29T00:00Z', '2026-03-30T00:00Z'],
      ['03-29T01:00 – 03-29T02:00', '03-29T12:30 – 03-29T13:30'],
    ],
    [
      'once, where its time comes twice',
      '30 2 * * *',
      ['2026-10-24T12:00Z', '2026-10-26T12:00Z'],
      ['10-25T00:30 – 10-25T01:30', '10-26T01:30 – 10-26T02:30'],
    ],
    [
      'for as many seconds as it says, over a change of the clocks',
      '0 23 28 3 *',
      ['2026-03-28T00:00Z', '2026-03-30T00:00Z'],
      ['03-28T22:00 – 03-28T23:00'],
    ],
    [
      'on the last day of a month, also in a leap year',
      '0 12 L 2 *',
      ['2028-02-27T00:00Z', '2028-03-02T00:00Z'],
      ['02-29T11:00 – 02-29T12:00'],
    ],
  ])('opens %s', (_, cron, [from = '', to = ''], expected) => {
    expect(openings(cron, 'Europe/Berlin', from, to)).toEqual(expected);
  });

  it('stays open without a break when the next time begins before the end', () => {
    const calendar = createCalendar({
      cron: '0 * * * *',
      timeZone: 'UTC',
      durationSeconds: 2 * hour,
    });
    for (let ms = at('2026-01-01T00:00Z'); ms < at('2026-01-02T00:00Z'); ms += 10_000) {
      const { fromMs = 0, untilMs = 0 } = calendar.at(ms) ?? {};
      expect([ms - fromMs < hour * 1_000, untilMs - fromMs]).toEqual([true, 2 * hour * 1_000]);
    }
  });

  it('begins and ends to the millisecond, in any order of calls', () => {
    const first = at('2026-01-01T02:30:00Z');
    const edges = [first - 1, first, first + hour * 1_000 - 1, first + hour * 1_000];
    const asked = { cron: '30 2 * * *', timeZone: 'UTC', durationSeconds: hour };
    const forward = createCalendar(asked);
    expect(edges.map((ms) => forward.at(ms)?.fromMs)).toEqual([undefined, first, first, undefined]);
    const backward = createCalendar(asked);
    expect(edges.toReversed().map((ms) => backward.at(ms)?.fromMs)).toEqual([
      undefined,
      first,
      first,
      undefined,
    ]);
    expect(backward.after(first - 1)?.fromMs).toBe(first);
    expect(backward.after(first)?.fromMs).toBe(first + 86_400_000);
  });
});
