import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRateLimiter } from '../../service/access/rate-limit.ts';

const perSecond = { intervalMs: 1_000, burst: 3 };

describe('createRateLimiter', () => {
  it('lets as many pass at once as may burst, and then one an interval', () => {
    const limiter = createRateLimiter(10);
    const take = (nowMs: number) => limiter.take('a', perSecond, nowMs);
    expect([take(0), take(0), take(0), take(0), take(400)]).toEqual([0, 0, 0, 1_000, 600]);
    expect([take(1_000), take(1_000)]).toEqual([0, 1_000]);
    // After a long rest as many again, and not more.
    expect([take(99_000), take(99_000), take(99_000), take(99_000)]).toEqual([0, 0, 0, 1_000]);
  });

  it('keeps each by itself', () => {
    const limiter = createRateLimiter(10);
    for (let n = 0; n < 5; n++) limiter.take('a', perSecond, 0);
    expect(limiter.take('b', perSecond, 0)).toBe(0);
  });

  it('takes in advance what the limit permits within the longest wait, and no more', () => {
    const limiter = createRateLimiter(10);
    const waits = Array.from({ length: 8 }, () => limiter.take('a', perSecond, 0, 2_000));
    expect(waits).toEqual([0, 0, 0, 1_000, 2_000, 3_000, 3_000, 3_000]);
  });

  it('never lets more pass in any time than the limit permits', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2_500 }), { maxLength: 80 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (pauses, burst) => {
        const limiter = createRateLimiter(10);
        const passed: number[] = [];
        let nowMs = 0;
        for (const pause of pauses) {
          nowMs += pause;
          const waitMs = limiter.take('a', { intervalMs: 1_000, burst }, nowMs);
          if (waitMs === 0) passed.push(nowMs);
          else expect(limiter.take('a', { intervalMs: 1_000, burst }, nowMs)).toBe(waitMs);
        }
        for (const [first, startMs] of passed.entries()) {
          for (const [last, endMs] of passed.entries()) {
            if (last < first) continue;
            expect(last - first + 1).toBeLessThanOrEqual(burst + (endMs - startMs) / 1_000);
          }
        }
      }),
    );
  });

  it('remembers a bounded number: first those go who have all they may use', () => {
    const limiter = createRateLimiter(3);
    for (let n = 0; n < 3; n++) limiter.take('busy', perSecond, 9_000);
    limiter.take('rested', perSecond, 0);
    limiter.take('other', perSecond, 9_000);
    limiter.take('new', perSecond, 9_500);
    expect([...limiter.entries()].map(([key]) => key)).toEqual(['busy', 'other', 'new']);
    expect(limiter.take('busy', perSecond, 9_500)).toBe(500);
    for (let n = 0; n < 1_000; n++) limiter.take(`${n}`, perSecond, 9_600);
    expect([...limiter.entries()]).toHaveLength(3);
  });
});
