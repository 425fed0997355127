/** Interval between requests, and number of unused requests that may be made at once. */
export type RateLimit = { readonly intervalMs: number; readonly burst: number };

type RateLimiter = {
  /**
   * Takes one request of `key` and returns 0 if the limit permits it now; else returns the
   * milliseconds until it does. A request that the limit permits within `maxWaitMs` is taken too.
   */
  take(key: string, limit: RateLimit, nowMs: number, maxWaitMs?: number): number;
  /** Time up to which each key has used its limit. */
  entries(): Iterable<[string, number]>;
  restore(key: string, usedUpToMs: number): void;
};

/**
 * Token buckets that cost one number a key: the time at which the bucket is full again (the generic
 * cell rate algorithm, ITU-T I.371, A). A key with a full bucket need not be remembered. Beyond
 * `maxKeys` the keys with full buckets are forgotten, then the oldest.
 */
export function createRateLimiter(maxKeys: number): RateLimiter {
  const usedUpTo = new Map<string, number>();

  function makeRoom(nowMs: number): void {
    for (const [key, time] of usedUpTo) if (time <= nowMs) usedUpTo.delete(key);
    for (const key of usedUpTo.keys()) {
      if (usedUpTo.size < maxKeys) break;
      usedUpTo.delete(key);
    }
  }

  return {
    take(key, { intervalMs, burst }, nowMs, maxWaitMs = 0) {
      const before = usedUpTo.get(key);
      if (before === undefined && usedUpTo.size >= maxKeys) makeRoom(nowMs);
      const after = Math.max(before ?? 0, nowMs) + intervalMs;
      const waitMs = Math.max(0, after - burst * intervalMs - nowMs);
      if (waitMs <= maxWaitMs) usedUpTo.set(key, after);
      return waitMs;
    },
    entries: () => usedUpTo.entries(),
    restore: (key, time) => void usedUpTo.set(key, time),
  };
}
