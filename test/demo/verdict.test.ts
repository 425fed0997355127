import { describe, expect, it } from '@jest/globals';
import { type ComparedSeries, type DemoOutcome, isSuccess, judge } from '../../demo/verdict.ts';
import { describeOutcome } from '../../demo/verdict-text.ts';
import type { Identity } from '../../service/contract/instance.ts';

const a: Identity = { name: 'Orion', version: '3.10.1', instance: 'a' };
const b: Identity = { name: 'Orion', version: '3.10.1', instance: 'b' };
const c: Identity = { name: 'Perseo', version: '1.13', instance: 'c' };

const series = (
  of: Identity,
  accepted: number[],
  found: number[],
  unanswered: number[] = [],
): ComparedSeries => ({
  ...{ ...of, hasStopped: false, found: new Set(found) },
  ...{ accepted: new Set(accepted), unanswered: new Set(unanswered) },
});

const complete = [series(a, [1, 2], [1, 2]), series(b, [2], [2]), series(c, [5], [5])];

describe('judge', () => {
  it('finds every accepted heartbeat', () => {
    expect(judge(complete)).toEqual({
      instances: 3,
      accepted: 4,
      found: 4,
      missing: [],
      unexpected: [],
      unanswered: 0,
      unansweredFound: 0,
    });
  });

  it('names what is missing: one of an instance, or all of an instance', () => {
    const verdict = judge([series(a, [1, 2], [2]), series(b, [2], []), series(c, [5], [5])]);
    expect(verdict).toMatchObject({ accepted: 4, found: 2 });
    expect(verdict.missing).toEqual([
      { ...a, timestampMs: 1 },
      { ...b, timestampMs: 2 },
    ]);
  });

  it('does not count a heartbeat of the same time of another instance', () => {
    const verdict = judge([series(a, [1], []), series(b, [], [1])]);
    expect(verdict).toMatchObject({ found: 0, missing: [{ ...a, timestampMs: 1 }] });
    expect(verdict.unexpected).toEqual([{ ...b, timestampMs: 1 }]);
  });

  it('names what was never sent', () => {
    const verdict = judge([series(a, [1], [1, 9])]);
    expect(verdict).toMatchObject({ found: 1, missing: [] });
    expect(verdict.unexpected).toEqual([{ ...a, timestampMs: 9 }]);
  });

  it('accepts either result for a heartbeat without a response', () => {
    expect(judge([series(a, [1], [1, 3], [2, 3])])).toMatchObject({
      ...{ accepted: 1, found: 1, missing: [], unexpected: [] },
      ...{ unanswered: 2, unansweredFound: 1 },
    });
  });
});

const notifications = { received: 3, rejected: 0, duplicates: 1, missing: 0, silenced: 2 };
const eventsWith = (others: Partial<typeof notifications> = {}): DemoOutcome['events'] => ({
  counts: () => [
    ['started', 2],
    ['down', 1],
  ],
  notifications: () => ({ ...notifications, ...others }),
});
const success: DemoOutcome = {
  ...{ series: complete, isDrained: true, deadLetters: 1, outages: [12], events: eventsWith() },
};

describe('isSuccess', () => {
  it('requires every heartbeat, an empty outbox and every notification', () => {
    expect(isSuccess(success)).toBe(true);
    expect(isSuccess({ ...success, isDrained: false })).toBe(false);
    expect(isSuccess({ ...success, events: eventsWith({ missing: 1 }) })).toBe(false);
    expect(isSuccess({ ...success, events: eventsWith({ rejected: 1 }) })).toBe(false);
    expect(isSuccess({ ...success, series: [series(a, [1, 2], [1])] })).toBe(false);
    expect(isSuccess({ ...success, series: [series(a, [1], [1, 2])] })).toBe(false);
  });

  it('requires that there was a heartbeat', () => {
    expect(isSuccess({ ...success, series: [] })).toBe(false);
    expect(isSuccess({ ...success, series: [series(a, [], [])] })).toBe(false);
  });
});

describe('describeOutcome', () => {
  it('describes a success', () => {
    const lines = describeOutcome(success).split('\n');
    expect(lines).toContain(
      'Success: 4 heartbeats accepted, 4 found in Monasca, 0 missing, 1 dead letter.',
    );
    expect(lines).toContain(
      '  3 notifications received, 0 missing, 0 rejected, 1 received twice, 2 suppressed by the silence.',
    );
    expect(lines).toContain('  Events: 2 started, 1 down.');
    expect(lines).toContain('  Monasca was unavailable once; up to 12 heartbeats waited.');
    expect(lines.find((line) => line.includes('3.10.1'))).toMatch(/Orion +3\.10\.1 +2 +3 +3$/);
  });

  it('names what is missing', () => {
    const lines = describeOutcome({
      ...success,
      series: [series(a, [1, 2], [2]), ...complete.slice(1)],
    });
    expect(lines).toContain('FAILED: 4 heartbeats accepted, 3 found in Monasca, 1 missing');
    expect(lines).toContain('  Missing: Orion 3.10.1 a, 1970-01-01T00:00:00.001Z\n');
  });

  it('says that the outbox did not become empty', () => {
    const text = describeOutcome({ ...success, isDrained: false });
    expect(text).toContain('FAILED: 4 heartbeats accepted, 4 found in Monasca, 0 missing');
    expect(text).toContain('The outbox did not become empty in time.');
  });
});
