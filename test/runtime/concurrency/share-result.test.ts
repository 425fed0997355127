import { describe, expect, it } from '@jest/globals';
import { shareResult } from '../../../service/runtime/concurrency/share-result.ts';

function fixture(costMs: number) {
  let nowMs = 0;
  let runs = 0;
  const shared = shareResult(
    async () => {
      await Promise.resolve();
      nowMs += costMs;
      return ++runs;
    },
    () => nowMs,
  );
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { shared, wait };
}

describe('shareResult', () => {
  it('does the work once for all callers meanwhile', async () => {
    const { shared } = fixture(5);
    expect(await Promise.all([shared(), shared(), shared()])).toEqual([1, 1, 1]);
  });

  it('does the work again for an occasional caller', async () => {
    const { shared } = fixture(5);
    for (let run = 1; run <= 100; run++) expect(await shared()).toBe(run);
  });

  it('bounds the work to a tenth of the time, and the age of a result to a second', async () => {
    const { shared, wait } = fixture(50);
    let runs = 0;
    for (let n = 0; n < 100_000; n++) {
      wait(1);
      runs = await shared();
    }
    expect(runs).toBeGreaterThan(100);
    // A second at once, and a tenth of 100 seconds and of the work itself.
    expect(runs * 50).toBeLessThan(1_000 + 0.1 * (100_000 + runs * 50) + 50);
  });

  it('uses a result for less than a second, however long it took', async () => {
    const { shared, wait } = fixture(10_000);
    await shared();
    wait(999);
    expect(await shared()).toBe(1);
    wait(1);
    expect(await shared()).toBe(2);
  });

  it('does not use a failure again', async () => {
    let runs = 0;
    const shared = shareResult(
      async () => {
        if (++runs === 1) throw new Error('failed');
        return runs;
      },
      () => 0,
    );
    await expect(shared()).rejects.toThrow('failed');
    await Promise.resolve();
    expect(await shared()).toBe(2);
  });
});
