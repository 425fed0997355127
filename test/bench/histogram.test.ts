import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHistogram } from './histogram.ts';

describe('createHistogram', () => {
  it('is within 1.6 % below the exact quantile, or a microsecond', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
        (microseconds, share) => {
          const histogram = createHistogram();
          for (const value of microseconds) histogram.record(value / 1000);

          const sorted = microseconds.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
          const seen = histogram.quantile(share) * 1000;
          expect(seen).toBeLessThanOrEqual(exact + 0.001);
          expect(seen).toBeGreaterThanOrEqual(exact * (1 - 1 / 64) - 1);
        },
      ),
    );
  });

  it('knows its size and its largest value', () => {
    const histogram = createHistogram();
    expect(histogram.quantile(0.99)).toBe(0);
    for (const value of [3, 1, 2]) histogram.record(value);
    expect(histogram.count).toBe(3);
    expect(histogram.maxMs).toBe(3);
  });
});
