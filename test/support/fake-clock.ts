import type { Clock } from '../../service/runtime/clock.ts';

/** A clock that stands still until the test moves it. */
export type FakeClock = Clock & {
  /** Moves both clocks on by `ms`, waking each sleeper at its time, in order. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock alone, as an operator or NTP does. */
  stepWall(ms: number): void;
  /** How many sleep now. */
  sleepers(): number;
};

export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let wallOffset = startMs;
  let elapsed = 0;
  let sleeping: { atMs: number; wake: () => void }[] = [];

  /** Lets everything that is ready to run do so: promises, immediates and what they start. */
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { atMs: elapsed + Math.max(0, ms), wake: resolve };
        sleeping.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleeping = sleeping.filter((other) => other !== sleeper);
          resolve();
        });
      }),
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const next = sleeping.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > end) break;
        elapsed = Math.max(elapsed, next.atMs);
        sleeping = sleeping.filter((sleeper) => sleeper !== next);
        next.wake();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    stepWall: (ms) => {
      wallOffset += ms;
    },
    sleepers: () => sleeping.length,
  };
}
