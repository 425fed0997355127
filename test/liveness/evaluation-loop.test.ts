import { describe, expect, it } from '@jest/globals';
import { createEvaluationLoop } from '../../service/liveness/evaluation-loop.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function create(work: (pass: number) => number = () => 0) {
  const clock = createFakeClock();
  const passes: { atMs: number; lagMs: number }[] = [];
  let periodMs = 1_000;
  const loop = createEvaluationLoop({
    clock,
    periodMs: () => periodMs,
    async evaluate(lagMs) {
      passes.push({ atMs: clock.monotonic(), lagMs });
      const ms = work(passes.length);
      if (ms > 0) await clock.sleep(ms);
    },
  });
  const slow = (ms: number) => {
    periodMs = ms;
  };
  return { clock, loop, passes, slow, times: () => passes.map(({ atMs }) => atMs) };
}

describe('createEvaluationLoop', () => {
  it('keeps to its grid, however long an evaluation takes', async () => {
    const { clock, loop, passes, times } = create(() => 300);
    loop.start();
    await clock.advance(4_500);
    expect(times()).toEqual([1_000, 2_000, 3_000, 4_000]);
    expect(passes.every(({ lagMs }) => lagMs === 0)).toBe(true);
    await clock.advance(1_000);
    const stopped = loop.stop();
    await clock.advance(1_000);
    await stopped;
    expect(times()).toHaveLength(5);
  });

  it('begins the next evaluation at once after one that was too long, and never two', async () => {
    const { clock, loop, times } = create((pass) => (pass === 1 ? 2_600 : 0));
    loop.start();
    await clock.advance(6_000);
    expect(times()).toEqual([1_000, 3_600, 4_600, 5_600]);
    await loop.stop();
  });

  it('follows a period that is changed', async () => {
    const { clock, loop, times, slow } = create();
    loop.start();
    await clock.advance(2_500);
    slow(5_000);
    await clock.advance(12_000);
    expect(times()).toEqual([1_000, 2_000, 3_000, 8_000, 13_000]);
    await loop.stop();
  });

  it('does not sleep to the end of a period that was made shorter', async () => {
    const { clock, loop, times, slow } = create();
    slow(60_000);
    loop.start();
    await clock.advance(70_000);
    slow(1_000);
    loop.replan();
    await clock.advance(2_500);
    slow(60_000);
    loop.replan();
    await clock.advance(10_000);
    expect(times()).toEqual([60_000, 71_000, 72_000, 73_000]);
    await loop.stop();
  });

  it('waits for the evaluation that is under way when it is stopped', async () => {
    const { clock, loop } = create(() => 400);
    loop.start();
    await clock.advance(1_100);
    let isStopped = false;
    const stopped = loop.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(200);
    expect(isStopped).toBe(false);
    await clock.advance(200);
    await stopped;
  });
});
