import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  afterBlindTime,
  afterRecord,
  afterTime,
  initialState,
  type PatternStep,
} from '../../../service/records/patterns/pattern.ts';

const identity = { name: 'backup', version: '1', instance: 'host1' };
const rule = { count: 3, withinSeconds: 10, quietSeconds: 20, absentSeconds: undefined };
const absence = { ...rule, count: 1, absentSeconds: 60 };

type Step = readonly ['record' | 'time', atMs: number];

/** Changes by the times at which they occurred. */
function changes(given: typeof rule | typeof absence, steps: readonly Step[]): string[] {
  let state = initialState(0);
  return steps.flatMap(([what, atMs]) => {
    const step: PatternStep =
      what === 'record'
        ? afterRecord(given, state, { ...identity, receivedAtMs: atMs })
        : afterTime(given, state, atMs);
    ({ state } = step);
    return step.change === undefined ? [] : [`${step.change} at ${atMs}`];
  });
}

describe('a pattern that counts', () => {
  it('is matched by enough records within its window, once, until all is quiet', () => {
    expect(
      changes(rule, [
        ...[0, 4_000, 9_999].map((ms): Step => ['record', ms]),
        ['record', 11_000],
        ['time', 30_999],
        ['time', 31_000],
        ['record', 40_000],
        ['record', 41_000],
        ['record', 42_000],
      ]),
    ).toEqual(['matched at 9999', 'ended at 31000', 'matched at 42000']);
  });

  it('is not matched by records that are too far apart', () => {
    const every5s = Array.from({ length: 20 }, (_, n): Step => ['record', n * 5_000]);
    expect(changes(rule, every5s)).toEqual([]);
  });

  it('agrees with a plain model', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('record', 'time'), fc.nat(15_000)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (gaps, count) => {
        let nowMs = 0;
        const given = gaps.map(([what, gapMs]): Step => {
          nowMs += gapMs;
          return [what === 'record' ? 'record' : 'time', nowMs];
        });
        const expected: string[] = [];
        let before: number[] = [];
        let lastMs = 0;
        let isMatched = false;
        for (const [what, atMs] of given) {
          if (what === 'record') {
            lastMs = atMs;
            if (isMatched) continue;
            before = [...before, atMs];
            if (before.filter((ms) => ms > atMs - 10_000).length < count) continue;
            isMatched = true;
            before = [];
            expected.push(`matched at ${atMs}`);
          } else if (isMatched && atMs - lastMs >= 20_000) {
            isMatched = false;
            expected.push(`ended at ${atMs}`);
          }
        }
        expect(changes({ ...rule, count }, given)).toEqual(expected);
      }),
    );
  });
});

describe('a pattern of absence', () => {
  it('is matched when there was no record for so long, and ends with the next one', () => {
    expect(
      changes(absence, [
        ['time', 59_999],
        ['time', 60_000],
        ['time', 200_000],
        ['record', 201_000],
        ['record', 202_000],
        ['time', 262_000],
      ]),
    ).toEqual(['matched at 60000', 'ended at 201000', 'matched at 262000']);
  });

  it('does not count blind time', () => {
    const state = afterBlindTime(initialState(0), 100_000);
    expect(afterTime(absence, state, 159_999).change).toBeUndefined();
    expect(afterTime(absence, state, 160_000).change).toBe('matched');
  });
});
