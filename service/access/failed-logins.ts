import type { Clock } from '../runtime/clock.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';

type Throttling =
  /** The response is sent when `until` resolves. */
  | { readonly kind: 'delayed'; readonly until: Promise<void> }
  | { readonly kind: 'too-many'; readonly waitMs: number };

type FailedLogins = {
  /** Records a failed login, and returns how to slow its response; undefined: not at all. */
  add(address: string): Throttling | undefined;
};

/** Ten at once, as an operator makes who confuses tokens; then one a second. */
const limit: RateLimit = { intervalMs: 1_000, burst: 10 };
const maxDelayMs = 5_000;
const maxAddresses = 100_000;
/** Delayed responses at one time: each of them holds a connection. */
const maxDelayed = 1_000;

/**
 * Slows failed logins, each address separately. 256 random bits cannot be guessed; the delay makes
 * attempts cheap for the service and expensive for the attacker. A valid login from the same
 * address is never delayed.
 */
export function createFailedLogins(clock: Clock, stopping: AbortSignal): FailedLogins {
  const limiter = createRateLimiter(maxAddresses);
  let delayed = 0;

  async function delay(ms: number): Promise<void> {
    delayed++;
    await clock.sleep(ms, stopping);
    delayed--;
  }

  return {
    add(address) {
      const waitMs = limiter.take(address, limit, clock.monotonic(), maxDelayMs);
      if (waitMs === 0) return undefined;
      if (waitMs > maxDelayMs || delayed >= maxDelayed) return { kind: 'too-many', waitMs };
      return { kind: 'delayed', until: delay(waitMs) };
    },
  };
}
