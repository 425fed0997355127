import { createHistogram } from 'node:perf_hooks';

/**
 * Latencies in milliseconds, kept in a histogram of microseconds that is exact to three digits.
 * A shorter latency than 1 µs counts as 1 µs.
 */
export class Latencies {
  readonly #micros = createHistogram({ figures: 3, highest: 2 ** 40 });

  record(milliseconds: number): void {
    this.#micros.record(Math.max(1, Math.round(milliseconds * 1_000)));
  }

  get count(): number {
    return this.#micros.count;
  }

  /** Smallest latency that the given percentage of all does not exceed; 0 without any. */
  percentileMs(percent: number): number {
    return this.#micros.percentile(percent) / 1_000;
  }

  get maxMs(): number {
    return this.count === 0 ? 0 : this.#micros.max / 1_000;
  }
}
