import type { Clock } from '../runtime/clock.ts';

/** Lets one loop sleep until something happens or a time is over, whichever is first. */
export type Bell = {
  /** Ends the wait that is under way; without one it does nothing: nothing is remembered. */
  ring(): void;
  /** `Infinity` waits for the bell alone. */
  wait(ms: number): Promise<void>;
};

export function createBell(clock: Clock): Bell {
  let end: (() => void) | undefined;
  return {
    ring: () => end?.(),
    async wait(ms) {
      if (ms === Infinity) {
        // Done for each record that goes alone: to abort a signal takes a tenth of a millisecond.
        await new Promise<void>((resolve) => {
          end = resolve;
        });
      } else {
        const rung = new AbortController();
        end = () => rung.abort();
        await clock.sleep(ms, rung.signal);
      }
      end = undefined;
    },
  };
}
