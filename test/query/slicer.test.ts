import { describe, expect, it } from '@jest/globals';
import { createSlicer } from '../../service/query/slicer.ts';

describe('createSlicer', () => {
  it('runs one piece a turn of the event loop, in the order of the calls', async () => {
    const { take } = createSlicer();
    let turn = 0;
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    const ranIn: number[] = [];
    const order: number[] = [];
    const pieces = [1, 2, 3, 4, 5].map((piece) =>
      take(() => {
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

  it('hands an error to who asked, and goes on', async () => {
    const { take } = createSlicer();
    const failing = take(() => {
      throw new Error('no');
    });
    const next = take(() => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
    expect(await take(() => 'again')).toBe('again');
  });
});
