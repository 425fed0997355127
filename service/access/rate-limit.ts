/** How fast somebody may go, and how much of what was not used before may be used at once. */
export type Pace = { readonly intervalMs: number; readonly burst: number };

export type Paces = {
  /**
   * Takes one if it may be taken now, and gives 0; else the milliseconds until it may be. With
   * `patienceMs` it takes also what may be taken within that time, which it then gives.
   */
  take(key: string, pace: Pace, nowMs: number, patienceMs?: number): number;
  /** What is kept of each key: the time up to which it has used what it may. */
  entries(): Iterable<[string, number]>;
  restore(key: string, usedUpToMs: number): void;
};

/**
 * Token buckets that cost one number a key: the time at which the bucket would be full again (the
 * generic cell rate algorithm, ITU-T I.371, A). Who has a full bucket need not be remembered, so
 * that no more than `maxKeys` are: when there are more, the full ones are forgotten, and then those
 * that have waited longest to be.
 */
export function createPaces(maxKeys: number): Paces {
  const usedUpTo = new Map<string, number>();

  function makeRoom(nowMs: number): void {
    for (const [key, time] of usedUpTo) if (time <= nowMs) usedUpTo.delete(key);
    for (const key of usedUpTo.keys()) {
      if (usedUpTo.size < maxKeys) break;
      usedUpTo.delete(key);
    }
  }

  return {
    take(key, { intervalMs, burst }, nowMs, patienceMs = 0) {
      const before = usedUpTo.get(key);
      if (before === undefined && usedUpTo.size >= maxKeys) makeRoom(nowMs);
      const after = Math.max(before ?? 0, nowMs) + intervalMs;
      const waitMs = Math.max(0, after - burst * intervalMs - nowMs);
      if (waitMs <= patienceMs) usedUpTo.set(key, after);
      return waitMs;
    },
    entries: () => usedUpTo.entries(),
    restore: (key, time) => void usedUpTo.set(key, time),
  };
}
