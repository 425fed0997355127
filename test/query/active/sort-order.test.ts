import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sortOrder } from '../../../service/query/active/sort-order.ts';

describe('sortOrder', () => {
  it('is that of a stable sort, over milliseconds and over centuries', () => {
    const time = fc.oneof(
      fc.nat(20),
      fc.nat(100_000),
      fc.integer({ min: 4_294_967_290, max: 4_294_967_300 }),
      fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
    );
    fc.assert(
      fc.property(fc.array(time, { maxLength: 200 }), (times) => {
        const sorted = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
        expect([...sortOrder(Float64Array.from(times), times.length)]).toEqual(sorted);
      }),
      { numRuns: 500 },
    );
  });
});
