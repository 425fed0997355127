import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fullJitter, retryWait } from '../../service/delivery/backoff.ts';

const backoff = { firstMs: 100, maxMs: 1_000 };
const hour = 3_600_000;
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('fullJitter', () => {
  it.each([
    [0, 100],
    [1, 200],
    [2, 400],
    [3, 800],
    [4, 1_000],
    [5, 1_000],
    [5_000, 1_000],
  ])('after %i earlier failures waits %i ms at most', (earlier, most) => {
    expect(fullJitter(backoff, earlier, () => 1)).toBe(most);
    expect(fullJitter(backoff, earlier, () => 0.25)).toBe(most / 4);
    expect(fullJitter(backoff, earlier, () => 0)).toBe(0);
  });

  it('is a number in its bounds for any settings', () => {
    const settings = fc.record({ firstMs: fc.nat(), maxMs: fc.nat() });
    fc.assert(
      fc.property(settings, fc.nat(), unit, (any, earlier, random) => {
        const waitMs = fullJitter(any, earlier, () => random);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(any.maxMs);
      }),
    );
  });
});

describe('retryWait', () => {
  it.each([
    ['its own back-off when the destination says nothing', undefined, 0.5, 50],
    ['at least as long as the destination says', 5_000, 0, 5_000],
    ['up to a tenth longer, so that a fleet spreads', 5_000, 1, 5_500],
    ['its own back-off when that is longer', 10, 1, 100],
    ['an hour when the destination requests more', 30 * hour, 0, hour],
    ['an hour when the destination requests infinity', Infinity, 0, hour],
    ['its own back-off when the request is not a number', Number.NaN, 0.5, 50],
    ['its own back-off when the requested time is over', -5_000, 0.5, 50],
  ])('waits %s', (_, afterMs, random, expected) => {
    expect(retryWait(backoff, 0, afterMs, () => random)).toBeCloseTo(expected);
  });
});
