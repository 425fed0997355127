import { componentMetricDefinitions } from '../contract/metrics.ts';

/** How often which time lay between two heartbeats: a histogram made for a hot path. */
export type Gaps = {
  note(gapMs: number): void;
  /** How many were so long at most, for each bound of the metric; then all. */
  cumulated(): readonly number[];
  readonly sumSeconds: number;
};

const boundsMs = componentMetricDefinitions.betweenBeatsSeconds.buckets.map((s) => s * 1_000);

export function createGaps(): Gaps {
  const bounds = Float64Array.from([...boundsMs, Number.POSITIVE_INFINITY]);
  const counts = new Float64Array(bounds.length);
  let sumMs = 0;

  return {
    note(gapMs) {
      // The wall clock was set back: what lay between is not known.
      if (gapMs < 0) return;
      let low = 0;
      let high = bounds.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (gapMs > (bounds[middle] ?? 0)) low = middle + 1;
        else high = middle;
      }
      counts[low] = (counts[low] ?? 0) + 1;
      sumMs += gapMs;
    },
    cumulated() {
      let sum = 0;
      return Array.from(counts, (count) => {
        sum += count;
        return sum;
      });
    },
    get sumSeconds() {
      return sumMs / 1_000;
    },
  };
}
