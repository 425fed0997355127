import type { Clock } from '../runtime/clock.ts';

/** Lets one loop sleep until something happens or a time is over, whichever is first. */
export type Bell = {
  /** Ends the wait that is under way; without one it does nothing: nothing is remembered. */
  ring(): void;
  /** `Infinity` waits for the bell alone. */
  wait(ms: number): Promise<void>;
};

export function createBell(clock: Clock): Bell {
  let waiting: AbortController | undefined;
  return {
    ring: () => waiting?.abort(),
    async wait(ms) {
      const rung = new AbortController();
      waiting = rung;
      await (ms === Infinity ? untilAborted(rung.signal) : clock.sleep(ms, rung.signal));
      waiting = undefined;
    },
  };
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
