import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeHeartbeat, unknownClock } from '../../service/liveness/clocks/judge-heartbeat.ts';
import type { SenderClock } from '../../service/registry/sender-clocks.ts';

const maxAgeMs = 300_000;
const startMs = 1_800_000_000_000;

/** Judges heartbeats, given by their times of receipt and timestamps; which of them are history. */
function judgeAll(
  beats: readonly { readonly receivedAtMs: number; readonly timestampMs: number }[],
  known: SenderClock = unknownClock,
) {
  let clock = known;
  let lastMs = startMs;
  return beats.map(({ receivedAtMs, timestampMs }) => {
    const judgement = judgeHeartbeat(clock, {
      offsetMs: receivedAtMs - timestampMs,
      receivedAtMs,
      sinceLastMs: receivedAtMs - lastMs,
      clockOffsetMs: undefined,
      maxAgeMs,
    });
    clock = judgement.clock;
    if (!judgement.isHistory) lastMs = receivedAtMs;
    return judgement.isHistory;
  });
}

const interval = fc.integer({ min: 1_000, max: 60_000 });
const behind = fc.integer({ min: maxAgeMs + 20_000, max: startMs });
/** Part of an interval for which a heartbeat is on its way. */
const delays = fc.array(fc.double({ min: 0, max: 0.15, noNaN: true }), {
  minLength: 2,
  maxLength: 50,
});

/** Ages of heartbeats in a spool, in any order. */
const olderMs = (n: number) => 400_000 + 100_000 * ((n * 7_919) % 1_000);

describe('judgeHeartbeat', () => {
  it('takes all but the first heartbeat of any steady sender for live', () =>
    fc.assert(
      fc.property(interval, behind, delays, (intervalMs, behindMs, parts) => {
        const beats = parts.map((part, n) => ({
          receivedAtMs: startMs + intervalMs * (n + part),
          timestampMs: startMs + intervalMs * n - behindMs,
        }));
        const [first, ...others] = judgeAll(beats);
        expect(first).toBe(true);
        expect(others.filter((isHistory) => isHistory)).toEqual([]);
      }),
    ));

  it('takes a replay for history, in any order, if it is faster than time by half or more', () =>
    fc.assert(
      fc.property(
        interval,
        fc.double({ min: 1.6, max: 10_000, noNaN: true }),
        fc.integer({ min: 2, max: 100 }),
        fc.boolean(),
        (intervalMs, speed, count, isNewestFirst) => {
          const endedMs = startMs - maxAgeMs - intervalMs * count;
          const beats = Array.from({ length: count }, (_, n) => ({
            receivedAtMs: startMs + (intervalMs * n) / speed,
            timestampMs: endedMs + intervalMs * (isNewestFirst ? -n : n - count),
          }));
          expect(judgeAll(beats)).not.toContain(false);
        },
      ),
    ));

  it('takes any shuffled heap of old heartbeats that arrives at once for history', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 301_000, max: 1e12 })), (ages) => {
        const beats = ages.map((age) => ({ receivedAtMs: startMs, timestampMs: startMs - age }));
        expect(judgeAll(beats)).not.toContain(false);
      }),
    ));

  it('takes live heartbeats for live and others for history while both arrive, of a known clock', () =>
    fc.assert(
      fc.property(behind, fc.array(fc.boolean(), { maxLength: 200 }), (behindMs, expected) => {
        const beats = expected.map((isOld, n) => ({
          receivedAtMs: startMs + 1_000 * n,
          timestampMs: startMs + 1_000 * n - behindMs - (isOld ? olderMs(n) : 0),
        }));
        const known = { offsetMs: behindMs, suspect: undefined };
        expect(judgeAll(beats, known)).toEqual(expected);
      }),
    ));

  it('follows a clock that drifts, is corrected, and is set back', () => {
    const at = (n: number) => startMs + 10_000 * n;
    const behindMs = (n: number) => {
      if (n < 100) return 400_000 + 90 * n;
      if (n < 200) return 0;
      return 86_400_000;
    };
    const beats = Array.from({ length: 300 }, (_, n) => ({
      receivedAtMs: at(n),
      timestampMs: at(n) - behindMs(n),
    }));
    const history = judgeAll(beats).flatMap((isHistory, n) => (isHistory ? [n] : []));
    expect(history).toEqual([0, 200]);
  });

  it('says nothing about a clock from the same heartbeat twice', () => {
    const timestampMs = startMs - 1_000_000;
    const beats = [0, 10, 600, 5_000, 60_000, 299_000, 900_000].map((ms) => ({
      receivedAtMs: startMs + ms,
      timestampMs,
    }));
    expect(judgeAll(beats)).not.toContain(false);
  });
});
