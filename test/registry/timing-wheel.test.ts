import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TimingWheel } from '../../service/registry/timing-wheel.ts';

const hourMs = 3_600_000;
const all = Number.POSITIVE_INFINITY;

const wheelFor = (refs: number) => {
  const wheel = new TimingWheel();
  wheel.makeRoom(refs);
  return wheel;
};

describe('TimingWheel', () => {
  it('gives a ref out when its deadline has come, to the millisecond, and once', () => {
    const wheel = wheelFor(2);
    wheel.schedule(0, 1_500);
    wheel.schedule(1, 1_501);
    expect(wheel.takeDue(1_499, all)).toEqual([]);
    expect(wheel.takeDue(1_500, all)).toEqual([0]);
    expect(wheel.takeDue(1_500.5, all)).toEqual([]);
    expect(wheel.takeDue(1_501, all)).toEqual([1]);
    expect(wheel.takeDue(10 * hourMs, all)).toEqual([]);
  });

  it('goes by the deadline that was set last', () => {
    const wheel = wheelFor(3);
    for (const ref of [0, 1, 2]) wheel.schedule(ref, 1_000);
    wheel.schedule(0, 60_000);
    wheel.schedule(1, 500);
    wheel.unschedule(2);
    wheel.unschedule(2);
    expect(wheel.takeDue(500, all)).toEqual([1]);
    expect(wheel.takeDue(59_999, all)).toEqual([]);
    expect(wheel.takeDue(60_000, all)).toEqual([0]);
  });

  it('takes a deadline that has passed already at the next call', () => {
    const wheel = wheelFor(2);
    expect(wheel.takeDue(10 * hourMs, all)).toEqual([]);
    wheel.schedule(0, 1_000);
    wheel.schedule(1, -5);
    expect(wheel.takeDue(10 * hourMs, all)).toEqual([0, 1]);
  });

  it('waits whole turns for what lies weeks ahead', () => {
    const wheel = wheelFor(3);
    const farMs = 28 * 24 * hourMs + 123;
    wheel.schedule(0, farMs);
    wheel.schedule(1, Number.POSITIVE_INFINITY);
    wheel.schedule(2, 1_700_000_000_000);
    for (let nowMs = 0; nowMs < farMs; nowMs += hourMs)
      expect(wheel.takeDue(nowMs, all)).toEqual([]);
    expect(wheel.takeDue(farMs, all)).toEqual([0]);
    expect(wheel.takeDue(1_700_000_000_000, all)).toEqual([2]);
  });

  it('gives each out at the first call after its deadline, however far ahead that was', () => {
    const turnMs = 65_536 * 32;
    const moment = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 6 * turnMs }));
    const step = fc.record({ ref: fc.nat({ max: 9 }), ahead: moment, pass: moment });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const wheel = wheelFor(10);
        const deadlines = new Map<number, number>();
        let nowMs = 0;
        for (const { ref, ahead, pass } of steps) {
          deadlines.set(ref, nowMs + ahead);
          wheel.schedule(ref, nowMs + ahead);
          nowMs += pass;
          const due = [...deadlines].filter(([, atMs]) => atMs <= nowMs).map(([one]) => one);
          for (const one of due) deadlines.delete(one);
          expect(wheel.takeDue(nowMs, all).toSorted()).toEqual(due.toSorted());
        }
      }),
    );
  });

  it('misses no slot when no call came for longer than a turn', () => {
    const refs = 70_000;
    for (const pauseMs of [2_097_151, 2_097_152, 2_097_184, 100 * hourMs]) {
      const wheel = wheelFor(refs);
      wheel.takeDue(5_000, all);
      for (let ref = 0; ref < refs; ref++) wheel.schedule(ref, 5_000 + ref * 30);
      expect(wheel.takeDue(5_000 + pauseMs, all)).toHaveLength(
        Math.min(refs, Math.floor(pauseMs / 30) + 1),
      );
    }
  });

  it('returns portions of many due refs until none is left', () => {
    const wheel = wheelFor(1_000);
    for (let ref = 0; ref < 1_000; ref++) wheel.schedule(ref, 5_000 + (ref % 7) * 1_000);
    const seen: number[] = [];
    for (;;) {
      const portion = wheel.takeDue(60_000, 64);
      expect(portion.length).toBeLessThanOrEqual(64);
      seen.push(...portion);
      if (portion.length < 64) break;
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(1_000).keys()]);
  });

  it('keeps deadlines while it grows', () => {
    const wheel = wheelFor(1);
    for (let ref = 0; ref < 200_000; ref++) {
      wheel.makeRoom(ref + 1);
      wheel.schedule(ref, ref);
    }
    expect(wheel.takeDue(99_999, all)).toHaveLength(100_000);
    expect(wheel.takeDue(200_000, all)).toHaveLength(100_000);
  });
});
