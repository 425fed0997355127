/** Waits between attempts: at most `firstMs` after the first failure, then doubling up to `maxMs`. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number };

/** A number from 0 up to, but not including, 1: `Math.random`, or a test's own. */
export type Random = () => number;

/** Longer waits that a destination requests are cut to this. */
const maxRetryAfterMs = 3_600_000;

/** Part of a `Retry-After` that is added at random, so that many clients do not return at once. */
const retryAfterSpread = 0.1;

/**
 * Full jitter: a random wait between 0 and `firstMs` doubled once for each earlier failure, at most
 * `maxMs`. See "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: of the variants compared
 * there, this one makes the fewest calls while many clients recover together.
 */
export function fullJitter(
  { firstMs, maxMs }: Backoff,
  earlierFailures: number,
  random: Random,
): number {
  // 2^52 times anything is beyond every maximum, and 0 times Infinity would be NaN.
  const doublings = Math.min(earlierFailures, 52);
  return random() * Math.min(maxMs, firstMs * 2 ** doublings);
}

/** Milliseconds to wait, whether or not the destination requested `afterMs`. */
export function retryWait(
  backoff: Backoff,
  earlierFailures: number,
  afterMs: number | undefined,
  random: Random,
): number {
  const own = fullJitter(backoff, earlierFailures, random);
  if (afterMs === undefined || !(afterMs > 0)) return own;
  const requested = Math.min(afterMs, maxRetryAfterMs);
  return Math.max(own, requested * (1 + retryAfterSpread * random()));
}
