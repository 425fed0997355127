import { describe, expect, it } from '@jest/globals';
import { createWakeUp } from '../../../service/runtime/concurrency/wake-up.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('createWakeUp', () => {
  it.each([100, Infinity])(
    'ends a wait of %d ms when it is notified, and leaves no sleeper',
    async (ms) => {
      const clock = createFakeClock();
      const wakeUp = createWakeUp(clock);
      const wait = wakeUp.wait(ms);
      wakeUp.notify();
      await wait;
      expect(clock.sleepers()).toBe(0);
    },
  );

  it('ends a wait when its time is over', async () => {
    const clock = createFakeClock();
    const wait = createWakeUp(clock).wait(100);
    await clock.advance(100);
    await wait;
  });

  it('does not remember a notification without a wait', async () => {
    const clock = createFakeClock();
    const wakeUp = createWakeUp(clock);
    wakeUp.notify();
    const wait = wakeUp.wait(100);
    expect(clock.sleepers()).toBe(1);
    await clock.advance(100);
    await wait;
  });
});
