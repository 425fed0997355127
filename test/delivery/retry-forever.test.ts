import { describe, expect, it } from '@jest/globals';
import { retryForever } from '../../service/delivery/retry-forever.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

function setUp(failures: number) {
  const clock = createFakeClock();
  const { log, lines } = createRecordedLog();
  const life = new AbortController();
  let calls = 0;
  const action = () => {
    calls += 1;
    if (calls <= failures) throw new Error('disk full');
    return 'done';
  };
  const backoff = { firstMs: 100, maxMs: 300 };
  const options = { what: 'writing', backoff, random: () => 1, clock, log, signal: life.signal };
  return { clock, life, lines, result: retryForever(action, options), calls: () => calls };
}

describe('retryForever', () => {
  it('runs it once, and logs nothing, when it succeeds', async () => {
    const { result, lines, calls } = setUp(0);
    expect(await result).toBe('done');
    expect([calls(), lines]).toEqual([1, []]);
  });

  it('retries with back-off until it succeeds, and logs the first failure and the success', async () => {
    const { result, clock, lines, calls } = setUp(4);
    await clock.advance(100 + 200 + 300 + 299);
    expect(calls()).toBe(4);
    await clock.advance(1);
    expect(await result).toBe('done');
    expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'error: writing fails: retrying',
      'info: writing works again',
    ]);
  });

  it('tries a last time when its signal aborts', async () => {
    const { result, clock, life, calls } = setUp(9);
    await clock.advance(0);
    life.abort();
    expect(await result).toBeUndefined();
    expect(calls()).toBe(2);
    expect(clock.sleepers()).toBe(0);
  });
});
