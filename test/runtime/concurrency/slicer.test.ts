import { describe, expect, it } from '@jest/globals';
import { createSlicer, type Slicer } from '../../../service/runtime/concurrency/slicer.ts';

/** Runs five slices, and returns the number of turns of the event loop that they took. */
async function turnsOf({ run }: Slicer, slice: () => void): Promise<number> {
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
      slice();
      ranIn.push(turn);
      order.push(piece);
      return piece;
    }),
  );
  setImmediate(count);
  expect(await Promise.all(pieces)).toEqual([1, 2, 3, 4, 5]);
  isOver = true;
  expect(order).toEqual([1, 2, 3, 4, 5]);
  return new Set(ranIn).size;
}

describe('createSlicer', () => {
  it('runs one slice in a turn of the event loop, in the order of the calls', async () => {
    expect(await turnsOf(createSlicer(), () => {})).toBe(5);
  });

  it('runs as many slices in a turn as begin within the budget', async () => {
    const takeTwoMs = () => {
      const endMs = performance.now() + 2;
      while (performance.now() < endMs);
    };
    expect(await turnsOf(createSlicer(60_000), takeTwoMs)).toBe(1);
    expect(await turnsOf(createSlicer(1), takeTwoMs)).toBe(5);
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
