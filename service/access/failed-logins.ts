import type { Clock } from '../runtime/clock.ts';
import { createPaces, type Pace } from './rate-limit.ts';

/** How an attempt that failed is answered: at once where it is undefined. */
export type Slowed =
  | { readonly kind: 'late'; readonly after: Promise<void> }
  | { readonly kind: 'too-many'; readonly waitMs: number };

export type Failures = { note(address: string): Slowed | undefined };

/** A handful at once, as somebody makes who mixes up tokens; then one a second. */
const pace: Pace = { intervalMs: 1_000, burst: 10 };
const maxDelayMs = 5_000;
const maxAddresses = 100_000;
/** Answers that are kept back at once: each of them holds a connection. */
const maxWaiting = 1_000;

/**
 * Slows those who guess, each address by itself. Nobody guesses 256 random bits; this is so that
 * trying costs the one who tries, not us: those that fail are kept back, up to a bound, and beyond
 * are sent away. Who shows what is right passes at once, from the same address too.
 */
export function createFailures(clock: Clock, stopping: AbortSignal): Failures {
  const paces = createPaces(maxAddresses);
  let waiting = 0;

  async function delay(ms: number): Promise<void> {
    waiting++;
    await clock.sleep(ms, stopping);
    waiting--;
  }

  return {
    note(address) {
      const waitMs = paces.take(address, pace, clock.monotonic(), maxDelayMs);
      if (waitMs === 0) return undefined;
      if (waitMs > maxDelayMs || waiting >= maxWaiting) return { kind: 'too-many', waitMs };
      return { kind: 'late', after: delay(waitMs) };
    },
  };
}
