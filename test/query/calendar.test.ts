import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStep } from '../../service/http/parameters/times.ts';
import { formatTime, stepBeginnings, stepMs } from '../../service/query/calendar.ts';
import type { Step } from '../../service/query/period/query.ts';

const hour = 3_600_000;
const at = (text: string) => Date.parse(text);

function steps(from: string, to: string, text: string, timeZone: string): string[] {
  const step = parseStep(text);
  if (!step) throw new Error(`${text} is no step`);
  return stepBeginnings({ fromMs: at(from), toMs: at(to) }, step, timeZone).map((ms) =>
    formatTime(ms, timeZone),
  );
}

/** Length of the longest step: exact, except for a day on which the clocks are set back by an hour. */
function longestMs({ unit, count }: Step): number {
  switch (unit) {
    case 'ms':
      return count;
    case 'days':
      return count * 24 * hour + hour;
    case 'weeks':
      return count * 7 * 24 * hour + hour;
    case 'months':
      return count * 31 * 24 * hour + hour;
  }
}

describe('stepBeginnings', () => {
  it('begins with the period and goes on with the clock', () => {
    expect(steps('2026-11-20T10:20:00Z', '2026-11-20T13:00:00Z', '1h', 'UTC')).toEqual([
      '2026-11-20T10:20:00.000Z',
      '2026-11-20T11:00:00.000Z',
      '2026-11-20T12:00:00.000Z',
    ]);
    expect(steps('2026-11-20T10:20:00Z', '2026-11-20T11:10:00Z', '1h', 'Asia/Kolkata')).toEqual([
      '2026-11-20T15:50:00.000+05:30',
      '2026-11-20T16:00:00.000+05:30',
    ]);
  });

  it('gives days at a change of the clocks 23 and 25 hours', () => {
    const days = (from: string, to: string) =>
      stepBeginnings(
        { fromMs: at(from), toMs: at(to) },
        { unit: 'days', count: 1 },
        'Europe/Zurich',
      );
    const lengths = (all: number[]) => all.slice(1).map((ms, n) => (ms - (all[n] ?? 0)) / hour);
    expect(lengths(days('2026-03-27T23:00:00Z', '2026-03-31T22:00:00Z'))).toEqual([24, 23, 24]);
    expect(lengths(days('2026-10-23T22:00:00Z', '2026-10-27T23:00:00Z'))).toEqual([24, 25, 24]);
  });

  it('begins the steps of a day anew at midnight, also after a change of the clocks', () => {
    expect(steps('2026-03-28T23:00:00Z', '2026-03-30T05:00:00Z', '6h', 'Europe/Zurich')).toEqual([
      '2026-03-29T00:00:00.000+01:00',
      '2026-03-29T07:00:00.000+02:00',
      '2026-03-29T13:00:00.000+02:00',
      '2026-03-29T19:00:00.000+02:00',
      '2026-03-30T00:00:00.000+02:00',
      '2026-03-30T06:00:00.000+02:00',
    ]);
    // A day of 25 hours: its last step has one.
    expect(steps('2026-10-24T22:00:00Z', '2026-10-26T05:00:00Z', '6h', 'Europe/Zurich')).toEqual([
      '2026-10-25T00:00:00.000+02:00',
      '2026-10-25T05:00:00.000+01:00',
      '2026-10-25T11:00:00.000+01:00',
      '2026-10-25T17:00:00.000+01:00',
      '2026-10-25T23:00:00.000+01:00',
      '2026-10-26T00:00:00.000+01:00',
    ]);
  });

  it('begins weeks on Monday, months with the first, quarters and years with theirs', () => {
    expect(steps('2026-11-18T00:00:00Z', '2026-12-01T00:00:00Z', '1w', 'UTC')).toEqual([
      '2026-11-18T00:00:00.000Z',
      '2026-11-23T00:00:00.000Z',
      '2026-11-30T00:00:00.000Z',
    ]);
    expect(steps('2026-01-31T00:00:00Z', '2026-04-01T00:00:00Z', '1mo', 'UTC')).toEqual([
      '2026-01-31T00:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z',
    ]);
    expect(steps('2025-12-31T00:00:00Z', '2026-08-01T00:00:00Z', '3mo', 'UTC')).toEqual([
      '2025-12-31T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
      '2026-04-01T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
    ]);
  });

  it('passes over a day that a zone has skipped', () => {
    expect(steps('2011-12-29T10:00:00Z', '2012-01-01T10:00:00Z', '1d', 'Pacific/Apia')).toEqual([
      '2011-12-29T00:00:00.000-10:00',
      '2011-12-31T00:00:00.000+14:00',
      '2012-01-01T00:00:00.000+14:00',
    ]);
  });

  it('ascends, begins with the period, ends before it, and skips none, in any zone', () => {
    const zones = ['UTC', 'Europe/Zurich', 'Australia/Lord_Howe', 'America/Sao_Paulo'];
    const texts = ['15m', '1h', '7h', '1d', '3d', '1w', '1mo'];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.integer({ min: 1, max: 40 * 24 * hour }),
        fc.constantFrom(...texts),
        fc.constantFrom(...zones),
        (fromMs, length, text, timeZone) => {
          const step = parseStep(text) ?? { unit: 'ms', count: 1 };
          const toMs = fromMs + length;
          const all = stepBeginnings({ fromMs, toMs }, step, timeZone);
          expect(all[0]).toBe(fromMs);
          const bounds = [...all, toMs];
          const lengths = bounds.slice(1).map((ms, n) => ms - (bounds[n] ?? 0));
          expect(lengths.filter((own) => own <= 0 || own > longestMs(step))).toEqual([]);
          // Of the steps between two others, only the last one of a day may be shorter.
          const shortest = step.unit === 'ms' ? 1 : stepMs(step) * 0.9 - hour;
          expect(lengths.slice(1, -1).filter((own) => own < shortest)).toEqual([]);
          const isLastOfDay = (n: number) =>
            formatTime(bounds[n + 1] ?? 0, timeZone).includes('T00:00');
          const short = lengths.flatMap((own, n) => (own < stepMs(step) ? [n] : [])).slice(1, -1);
          if (step.unit === 'ms') expect(short.filter((n) => !isLastOfDay(n))).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('formatTime', () => {
  it('has the offset of the time zone at that time', () => {
    expect(formatTime(Date.UTC(2026, 0, 31, 12), 'UTC')).toBe('2026-01-31T12:00:00.000Z');
    expect(formatTime(Date.UTC(2026, 0, 31, 12), 'Europe/Zurich')).toBe(
      '2026-01-31T13:00:00.000+01:00',
    );
  });
});
