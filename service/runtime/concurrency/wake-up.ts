import type { Clock } from '../clock.ts';

/** Lets one loop sleep until a notification or the end of a time, whichever comes first. */
export type WakeUp = {
  /** Ends the wait under way. Without one it does nothing: no notification is remembered. */
  notify(): void;
  /** `Infinity` waits for a notification only. */
  wait(ms: number): Promise<void>;
};

export function createWakeUp(clock: Clock): WakeUp {
  let end: (() => void) | undefined;
  return {
    notify: () => end?.(),
    async wait(ms) {
      if (ms === Infinity) {
        // Runs for each record that goes alone: to abort a signal takes a tenth of a millisecond.
        await new Promise<void>((resolve) => {
          end = resolve;
        });
      } else {
        const notified = new AbortController();
        end = () => notified.abort();
        await clock.sleep(ms, notified.signal);
      }
      end = undefined;
    },
  };
}
