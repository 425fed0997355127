import { describe, expect, it } from '@jest/globals';
import { openLoop } from './loop.ts';

describe('openLoop', () => {
  it('counts latency from the time a request was due, also behind a stalled server', async () => {
    const loop = openLoop(1_000);
    const dueMs: number[] = [];
    const firstSent = Promise.withResolvers<void>();
    const tenSent = Promise.withResolvers<void>();
    const sender = {
      send(sinceMs: number) {
        dueMs.push(sinceMs);
        firstSent.resolve();
        if (dueMs.length > 1) loop.ready(sender);
        if (dueMs.length === 10) tenSent.resolve();
      },
      close() {},
    };
    loop.ready(sender);
    await firstSent.promise;
    const stallEndMs = performance.now() + 50;
    while (performance.now() < stallEndMs);
    loop.ready(sender);
    await tenSent.promise;
    loop.stop();

    const [first = 0] = dueMs;
    expect(dueMs.slice(0, 10).map((due) => due - first)).toEqual(
      Array.from({ length: 10 }, (_, n) => expect.closeTo(n, 5)),
    );
    expect(dueMs[9]).toBeLessThan(stallEndMs);
  });
});
