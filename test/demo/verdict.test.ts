import { describe, expect, it } from '@jest/globals';
import { type Series, seriesKey } from '../../demo/fleet/beat.ts';
import type { Account } from '../../demo/fleet/tally.ts';
import { isSuccess, judge } from '../../demo/verdict.ts';
import { accountOf } from './accounts.ts';

const a: Series = { name: 'Orion', version: '3.10.1', instance: 'a' };
const b: Series = { name: 'Orion', version: '3.10.1', instance: 'b' };
const c: Series = { name: 'Perseo', version: '1.13', instance: 'c' };

const inMonasca = (...found: [Series, number[]][]) =>
  new Map(found.map(([series, timestamps]) => [seriesKey(series), new Set(timestamps)]));

const accounts: Account[] = [
  accountOf(a, { accepted: [1, 2] }),
  accountOf(b, { accepted: [2] }),
  accountOf(c, { accepted: [5] }),
];

describe('judge', () => {
  it('is content when every accepted heartbeat is found', () => {
    const found = inMonasca([a, [1, 2]], [b, [2]], [c, [5]]);
    expect(judge(accounts, found, 0)).toEqual({
      isGood: true,
      accepted: 4,
      found: 4,
      missing: [],
      unexpected: [],
      unanswered: { sent: 0, found: 0 },
      components: [
        { name: 'Orion', version: '3.10.1', instances: 2, accepted: 3, found: 3 },
        { name: 'Perseo', version: '1.13', instances: 1, accepted: 1, found: 1 },
      ],
      deadLetters: 0,
    });
  });

  it('names what is missing: one of a series, or a whole series', () => {
    const verdict = judge(accounts, inMonasca([a, [2]], [c, [5]]), 2);
    expect(verdict).toMatchObject({ isGood: false, accepted: 4, found: 2, deadLetters: 2 });
    expect(verdict.missing).toEqual([
      { series: a, timestampMs: 1 },
      { series: b, timestampMs: 2 },
    ]);
  });

  it('is not fooled by a heartbeat of the same time in another series', () => {
    const verdict = judge([accountOf(a, { accepted: [1] })], inMonasca([b, [1]]), 0);
    expect(verdict).toMatchObject({ isGood: false, found: 0 });
  });

  it('does not like what nobody sent', () => {
    const verdict = judge([accountOf(a, { accepted: [1] })], inMonasca([a, [1, 9]]), 0);
    expect(verdict).toMatchObject({ isGood: false, found: 1, missing: [] });
    expect(verdict.unexpected).toEqual([{ series: a, timestampMs: 9 }]);
  });

  it('takes either for what got no answer', () => {
    const account = accountOf(a, { accepted: [1], unanswered: [2, 3] });
    expect(judge([account], inMonasca([a, [1, 3]]), 0)).toMatchObject({
      isGood: true,
      accepted: 1,
      found: 1,
      unanswered: { sent: 2, found: 1 },
    });
  });

  it('is not content with nothing', () => {
    expect(judge([], new Map(), 0).isGood).toBe(false);
    expect(judge([accountOf(a, {})], new Map(), 0).isGood).toBe(false);
  });
});

describe('isSuccess', () => {
  const good = judge([accountOf(a, { accepted: [1] })], inMonasca([a, [1]]), 0);
  const receipts = { signed: 1, refused: 0, again: 0, missing: 0, silenced: 0 };
  const outcome = {
    ...{ verdict: good, hasDrained: true, outages: 0, outboxPeak: 0, told: [] },
    receipts,
  };

  it('wants all heartbeats found and the outbox seen empty', () => {
    expect(isSuccess(outcome)).toBe(true);
    expect(isSuccess({ ...outcome, hasDrained: false })).toBe(false);
    expect(isSuccess({ ...outcome, receipts: { ...receipts, missing: 1 } })).toBe(false);
    expect(isSuccess({ ...outcome, receipts: { ...receipts, refused: 1 } })).toBe(false);
    expect(isSuccess({ ...outcome, verdict: { ...good, isGood: false } })).toBe(false);
  });
});
