import { componentMetricDefinitions } from '../contract/metrics/components.ts';

const boundsMs = componentMetricDefinitions.betweenBeatsSeconds.buckets.map((s) => s * 1_000);

/** Histogram of the times between two heartbeats of an instance, made for a hot path. */
export class Gaps {
  readonly #bounds = Float64Array.from([...boundsMs, Number.POSITIVE_INFINITY]);
  readonly #counts = new Float64Array(this.#bounds.length);
  #sumMs = 0;

  get sumSeconds(): number {
    return this.#sumMs / 1_000;
  }

  note(gapMs: number): void {
    // The wall clock was set back: the gap is unknown.
    if (gapMs < 0) return;
    let low = 0;
    let high = this.#bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (gapMs > (this.#bounds[middle] ?? 0)) low = middle + 1;
      else high = middle;
    }
    this.#counts[low] = (this.#counts[low] ?? 0) + 1;
    this.#sumMs += gapMs;
  }

  /** Number of gaps up to each bound of the metric; then of all gaps. */
  cumulated(): readonly number[] {
    let sum = 0;
    return Array.from(this.#counts, (count) => {
      sum += count;
      return sum;
    });
  }
}
