import { describe, expect, it } from '@jest/globals';
import { createOneAtATime } from '../../../service/runtime/concurrency/one-at-a-time.ts';

describe('createOneAtATime', () => {
  it('begins nothing before the previous work has ended', async () => {
    const run = createOneAtATime();
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const first = run(async () => {
      order.push('first begins');
      await gate.promise;
      order.push('first ends');
    });
    const second = run(async () => void order.push('second'));
    await Promise.resolve();
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });

  it('rejects for the caller whose work failed, and goes on', async () => {
    const run = createOneAtATime();
    const failing = run(() => Promise.reject(new Error('no disk')));
    const next = run(() => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no disk');
    await expect(next).resolves.toBe('done');
  });
});
