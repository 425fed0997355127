import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InstanceState } from '../../service/contract/instance.ts';
import { deadlineMs, evaluateAbsence } from '../../service/liveness/absence.ts';

describe('deadlineMs', () => {
  it.each([
    ['without a return', 1_000, undefined, 21_000],
    ['when the return is right after', 1_000, 1_000, 21_000],
    ['when the return leaves less than a part', 1_000, 10_000, 25_000],
    ['when the return leaves exactly the part', 1_000, 6_000, 21_000],
    ['when the return comes at the last moment', 1_000, 20_999, 35_999],
  ])('is right %s', (_, heard, firstReturn, expected) => {
    expect(deadlineMs(heard, 20_000, firstReturn)).toBe(expected);
  });

  it('leaves a live sender more than an interval, wherever the blind time lies', () => {
    const intervalMs = 10_000;
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000 }),
        fc.double({ min: 0, max: 1.02, noNaN: true }),
        (r, j) => {
          // Received at 0; blind at logical time r, in which one heartbeat is lost; the next one comes.
          const next = r + intervalMs * j;
          expect(deadlineMs(0, 2 * intervalMs, r)).toBeGreaterThan(next);
        },
      ),
    );
  });
});

const thresholds = { lateMs: 20_000, downMs: 40_000 };
const absence = (state: InstanceState, firstReturnMs?: number) => ({
  state,
  lastHeartbeatMs: 1_000,
  thresholds,
  firstReturnMs,
  retireAfterMs: 100_000,
});

describe('evaluateAbsence', () => {
  it.each([
    ['up', 20_999, { state: 'up', nextMs: 21_000 }],
    ['up', 21_000, { state: 'late', sinceMs: 21_000, nextMs: 41_000 }],
    ['up', 41_000, { state: 'down', sinceMs: 41_000, nextMs: 141_000 }],
    ['late', 40_999, { state: 'late', nextMs: 41_000 }],
    ['late', 41_000, { state: 'down', sinceMs: 41_000, nextMs: 141_000 }],
    ['down', 140_999, { state: 'down', nextMs: 141_000 }],
    ['retired', 100_999, { state: 'retired', nextMs: 101_000 }],
  ] as const)('finds %s at %d', (state, nowMs, expected) => {
    expect(evaluateAbsence(absence(state), nowMs)).toEqual({ kind: 'known', ...expected });
  });

  it.each([
    ['down', 141_000],
    ['retired', 101_000],
  ] as const)('forgets an instance that was %s for long', (state, nowMs) => {
    expect(evaluateAbsence(absence(state), nowMs)).toEqual({ kind: 'forgotten' });
  });

  it('counts from the return, if that is later', () => {
    expect(evaluateAbsence(absence('up', 20_000), 34_999)).toMatchObject({
      state: 'up',
      nextMs: 35_000,
    });
    expect(evaluateAbsence(absence('up', 20_000), 35_000)).toMatchObject({
      state: 'late',
      nextMs: 50_000,
    });
    expect(evaluateAbsence(absence('late', 20_000), 50_000)).toMatchObject({ state: 'down' });
  });

  it('leads by any steps of time to the same state as one step does', () => {
    const anyTimes = fc.array(fc.nat({ max: 140_000 }), { minLength: 1, maxLength: 20 });
    const anyReturn = fc.option(fc.nat({ max: 60_000 }), { nil: undefined });
    fc.assert(
      fc.property(anyTimes, anyReturn, (times, firstReturn) => {
        const ascending = times.toSorted((a, b) => a - b);
        let state: InstanceState = 'up';
        for (const nowMs of ascending) {
          const step = evaluateAbsence(absence(state, firstReturn), nowMs);
          if (step.kind === 'known') state = step.state;
        }
        const whole = evaluateAbsence(absence('up', firstReturn), ascending.at(-1) ?? 0);
        expect(whole).toMatchObject({ kind: 'known', state });
      }),
    );
  });
});
