import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSmallest } from '../../service/query/smallest.ts';

describe('createSmallest', () => {
  it('keeps what sorting all of them would put first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 10 }), (all, count) => {
        const smallest = createSmallest<number>(count, (one, other) => one - other);
        for (const item of all) smallest.offer(item);
        const sorted = all.toSorted((one, other) => one - other).slice(0, count);
        expect(smallest.sorted()).toEqual(sorted);
      }),
    );
  });
});
