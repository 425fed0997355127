/** How long to wait between attempts: `firstMs` at most after the first failure, then doubling. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number };

/** A number from 0 up to, but not including, 1: `Math.random`, or a test's own. */
export type Random = () => number;

/** A destination that asks for more than this is asked again after it all the same. */
const longestRetryAfterMs = 3_600_000;

/** So that a whole fleet that was told the same `Retry-After` does not come back at once. */
const retryAfterSpread = 0.1;

/**
 * Full jitter: somewhere between 0 and `firstMs` doubled once for each earlier failure, `maxMs` at
 * most. See "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: of the variants that it
 * compares this one makes the fewest calls while many clients recover together.
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

/** The milliseconds to wait when the destination itself said `afterMs`, or said nothing. */
export function retryWait(
  backoff: Backoff,
  earlierFailures: number,
  afterMs: number | undefined,
  random: Random,
): number {
  const own = fullJitter(backoff, earlierFailures, random);
  if (afterMs === undefined || !(afterMs > 0)) return own;
  const asked = Math.min(afterMs, longestRetryAfterMs);
  return Math.max(own, asked * (1 + retryAfterSpread * random()));
}
