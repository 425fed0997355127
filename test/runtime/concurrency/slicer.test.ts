import { describe, expect, it } from '@jest/globals';
import { createSlicer } from '../../../service/runtime/concurrency/slicer.ts';

describe('createSlicer', () => {
  it('runs one slice in a turn of the event loop, in the order of the calls', async () => {
    const { run } = createSlicer();
    let turn = 0;
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    const ranIn: number[] = [];
    const order: number[] = [];
    const pieces = [1, 2, 3, 4, 5].map((piece) =>
      run(() => {
        ranIn.push(turn);
        order.push(piece);
        return piece;
      }),
    );
    setImmediate(count);
    expect(await Promise.all(pieces)).toEqual([1, 2, 3, 4, 5]);
    isOver = true;
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(ranIn).size).toBe(5);
  });

  it('rejects with the error of a slice, and goes on', async () => {
    const { run } = createSlicer();
    const failing = run(() => {
      throw new Error('no');
    });
    const next = run(() => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
    expect(await run(() => 'again')).toBe('again');
  });
});
