import { describe, expect, it } from '@jest/globals';
import { shareResult } from '../../service/runtime/share-result.ts';

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
  it('does the work once for all who ask meanwhile', async () => {
    const { shared } = fixture(5);
    expect(await Promise.all([shared(), shared(), shared()])).toEqual([1, 1, 1]);
  });

  it('uses a result for nine times as long as it took', async () => {
    const { shared, wait } = fixture(5);
    await shared();
    wait(44);
    expect(await shared()).toBe(1);
    wait(1);
    expect(await shared()).toBe(2);
  });

  it('uses no result for longer than a second', async () => {
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
