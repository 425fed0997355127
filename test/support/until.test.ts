import { describe, expect, it } from '@jest/globals';
import { until, untilResult } from './until.ts';

describe('until', () => {
  it('resolves when the condition holds', async () => {
    let calls = 0;
    await until(() => ++calls === 3, { everyMs: 1 });
    expect(calls).toBe(3);
  });

  it('rejects at its time limit with the text of the condition', async () => {
    const isNever = () => Date.now() < 0;
    await expect(until(isNever, { withinMs: 50 })).rejects.toThrow(
      /^not within 50 ms: .*Date\.now\(\) < 0.*last result: false$/,
    );
  });

  it('rejects at its time limit when the condition does not settle', async () => {
    const hangs = () => new Promise<boolean>(() => undefined);
    await expect(until(hangs, { withinMs: 50 })).rejects.toThrow('last result: ');
  });

  it('rejects with the error of a condition that fails', async () => {
    const fails = () => Promise.reject(new Error('refused'));
    await expect(until(fails)).rejects.toThrow('refused');
  });
});

describe('untilResult', () => {
  it('returns the first result that is wanted', async () => {
    const results = [1, 2, 3, 4];
    const isEven = (n: number) => n % 2 === 0;
    expect(await untilResult(() => results.shift() ?? 0, isEven, { everyMs: 1 })).toBe(2);
  });

  it('rejects at its time limit with the last result', async () => {
    await expect(
      untilResult(
        () => ({ total: 7 }),
        ({ total }) => total > 7,
        { withinMs: 50 },
      ),
    ).rejects.toThrow(/total > 7.*last result: \{ total: 7 \}$/);
  });
});
