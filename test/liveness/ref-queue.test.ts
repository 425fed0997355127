import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RefQueue } from '../../service/liveness/reporting/ref-queue.ts';

type Step = { readonly kind: 'add' | 'remove' | 'take'; readonly ref: number };

describe('RefQueue', () => {
  it('is a set of which the first is taken, apart from the place of a ref that is added again', () => {
    const step: fc.Arbitrary<Step> = fc.record({
      kind: fc.constantFrom('add', 'add', 'remove', 'take'),
      ref: fc.nat({ max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const line = new RefQueue();
        const set = new Set<number>();
        for (const { kind, ref } of steps) {
          if (kind === 'add') {
            line.add(ref);
            set.add(ref);
          } else if (kind === 'remove') {
            line.remove(ref);
            set.delete(ref);
          } else {
            const taken = line.take();
            expect(taken === undefined).toBe(set.size === 0);
            if (taken !== undefined) expect(set.delete(taken)).toBe(true);
          }
          expect(line.size).toBe(set.size);
        }
        expect(line.first(1_000).toSorted()).toEqual([...set].toSorted());
      }),
    );
  });

  it('keeps the order, however many refs pass through it', () => {
    const line = new RefQueue();
    let next = 0;
    for (let round = 0; round < 200; round++) {
      for (let n = 0; n < 50; n++) line.add(round * 50 + n);
      for (let n = 0; n < 45; n++) expect(line.take()).toBe(next++);
    }
    expect(line.size).toBe(1_000);
    expect(line.first(3)).toEqual([next, next + 1, next + 2]);
  });
});
