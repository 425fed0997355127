import { describe, expect, it } from '@jest/globals';
import { phaseMs, repeat } from '../../../service/agent/watch/repeat.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('repeat', () => {
  it('does not drift, however long the work takes, and leaves out what it missed', async () => {
    const clock = createFakeClock();
    const life = new AbortController();
    const startedAtMs: number[] = [];
    const tookMs = [300, 900, 2_500, 10];
    const done = repeat({ everyMs: 1_000, firstMs: 250, clock, signal: life.signal }, async () => {
      const ms = tookMs[startedAtMs.length] ?? 0;
      startedAtMs.push(clock.monotonic());
      await clock.sleep(ms);
    });
    await clock.advance(7_000);
    life.abort();
    await clock.advance(3_000);
    await done;
    expect(startedAtMs).toEqual([250, 1_250, 2_250, 5_250, 6_250]);
  });
});

describe('phaseMs', () => {
  it('spreads keys evenly, always in the same way, within ten seconds', () => {
    const phases = Array.from({ length: 5_000 }, (_, n) => phaseMs(`Orion/1/${n}`, 60_000));
    const seconds = Map.groupBy(phases, (ms) => Math.floor(ms / 1_000));
    expect([...seconds.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const inSecond of seconds.values()) expect(inSecond.length).toBeLessThan(650);
    expect(phaseMs('a', 1_000)).toBeLessThan(1_000);
    expect(phaseMs('a', 60_000)).toBe(phaseMs('a', 60_000));
  });
});
