import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coalesce, coverReachMs } from '../../service/ledger/cover.ts';
import { beatAt, coverArbitrary } from './fixture.ts';

const cover = (fromMs: number, reachMs: number) => ({ fromMs, toMs: fromMs, reachMs });

describe('coverReachMs', () => {
  it('reaches as far as the down threshold, in whole milliseconds', () => {
    expect(coverReachMs(beatAt(1_000), 120)).toBe(1_120);
    expect(coverReachMs(beatAt(1_000), 0.5)).toBe(1_001);
  });

  it('ends at a stopping heartbeat', () => {
    expect(coverReachMs({ ...beatAt(1_000), status: 'stopping' }, 120)).toBe(1_000);
  });
});

describe('coalesce', () => {
  it('joins what overlaps and what touches, and keeps apart what is a millisecond away', () => {
    expect(coalesce([cover(200, 300), cover(100, 200), cover(301, 400)])).toEqual([
      { fromMs: 100, toMs: 200, reachMs: 300 },
      { fromMs: 301, toMs: 301, reachMs: 400 },
    ]);
  });

  it('keeps the farthest reach, from whichever cover', () => {
    expect(coalesce([cover(0, 1_000), cover(10, 20)])).toEqual([
      { fromMs: 0, toMs: 10, reachMs: 1_000 },
    ]);
  });

  it('does not depend on the order, the number and the portions of covers', () => {
    const covers = fc.array(coverArbitrary, { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(covers, covers, (some, others) => {
        const all = coalesce([...some, ...others]);
        expect(coalesce([...others, ...some, ...some])).toEqual(all);
        expect(coalesce([...coalesce(others), ...coalesce(some)])).toEqual(all);
      }),
    );
  });
});
