import { setTimeout as delay } from 'node:timers/promises';

/**
 * Time as a parameter. Whatever waits, ages or stamps takes a clock, so that a test decides what
 * time it is.
 */
export type Clock = {
  /** The wall clock: epoch milliseconds. May jump when the machine's time is set. */
  now(): number;
  /** Milliseconds from some fixed point; never goes backwards. For ages and durations. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};
