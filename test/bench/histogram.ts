/**
 * Counts durations in buckets that grow with the value: exact below 128 µs, at most 1.6 % too low
 * above. Recording costs a few nanoseconds, so that the load measures the server and not itself.
 */
export type Histogram = {
  record(milliseconds: number): void;
  /** The duration in milliseconds below which the given share (0..1) of all lies; 0 when empty. */
  quantile(share: number): number;
  readonly count: number;
  readonly maxMs: number;
};

const subBuckets = 64;
const exponents = 26;

export function createHistogram(): Histogram {
  const counts = new Uint32Array(subBuckets * exponents);
  let count = 0;
  let maxMs = 0;

  return {
    record(milliseconds) {
      const index = bucketOf(Math.round(milliseconds * 1000));
      counts[index] = (counts[index] ?? 0) + 1;
      count += 1;
      if (milliseconds > maxMs) maxMs = milliseconds;
    },
    quantile(share) {
      const wanted = Math.ceil(share * count);
      let seen = 0;
      for (const [index, amount] of counts.entries()) {
        seen += amount;
        if (amount > 0 && seen >= wanted) return floorOf(index) / 1000;
      }
      return 0;
    },
    get count() {
      return count;
    },
    get maxMs() {
      return maxMs;
    },
  };
}

/** Two powers of two share the first 128 buckets; each further one has 64 of its own. */
function bucketOf(microseconds: number): number {
  const value = Math.min(Math.max(microseconds, 0), 2 ** 31 - 1);
  const shift = Math.max(0, 25 - Math.clz32(value));
  return shift * subBuckets + (value >> shift);
}

function floorOf(index: number): number {
  const shift = Math.max(0, Math.floor(index / subBuckets) - 1);
  return (index - shift * subBuckets) * 2 ** shift;
}
