import { describe, expect, it } from '@jest/globals';
import { createBell } from '../../service/delivery/bell.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('createBell', () => {
  it.each([100, Infinity])(
    'ends a wait of %d ms when it rings, and leaves no sleeper',
    async (ms) => {
      const clock = createFakeClock();
      const bell = createBell(clock);
      const wait = bell.wait(ms);
      bell.ring();
      await wait;
      expect(clock.sleepers()).toBe(0);
    },
  );

  it('ends a wait when its time is over', async () => {
    const clock = createFakeClock();
    const wait = createBell(clock).wait(100);
    await clock.advance(100);
    await wait;
  });

  it('does not remember a ring that nobody waited for', async () => {
    const clock = createFakeClock();
    const bell = createBell(clock);
    bell.ring();
    const wait = bell.wait(100);
    expect(clock.sleepers()).toBe(1);
    await clock.advance(100);
    await wait;
  });
});
