import { describe, expect, it } from '@jest/globals';
import { Latencies } from './latencies.ts';

describe('Latencies', () => {
  it('gives percentiles in milliseconds, exact to three digits', () => {
    const latencies = new Latencies();
    for (let value = 1; value <= 1_000; value++) latencies.record(value);
    expect(latencies.count).toBe(1_000);
    expect(latencies.percentileMs(50) / 500).toBeCloseTo(1, 2);
    expect(latencies.percentileMs(99) / 990).toBeCloseTo(1, 2);
    expect(latencies.maxMs / 1_000).toBeCloseTo(1, 2);
  });

  it('is 0 while empty', () => {
    const latencies = new Latencies();
    expect([latencies.count, latencies.percentileMs(99), latencies.maxMs]).toEqual([0, 0, 0]);
  });

  it('accepts latencies below a microsecond', () => {
    const latencies = new Latencies();
    latencies.record(0);
    expect(latencies.maxMs).toBe(0.001);
  });
});
