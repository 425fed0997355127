import { describe, expect, it } from '@jest/globals';
import type { LoadResult } from '../load/load-plan.ts';
import { closedPlan } from '../measure.ts';
import { comparisonRows } from './load-rows.ts';

const load = { name: 'batch-1000', title: 'batches', plan: closedPlan(64, 1_000, 2) };

const result = (requests: number): LoadResult => ({
  requests,
  seconds: 2,
  p50Ms: 1_000 / requests,
  p99Ms: 5,
  maxMs: 6,
  statuses: {},
  unsent: 0,
  serverCpuSeconds: 1,
  loadCpuSeconds: 1,
  otherCpuSeconds: 0,
  serverPeakMb: 100,
});

describe('comparisonRows', () => {
  it('divides within each round, and gives the median and the range', () => {
    const rounds = new Map([
      ['ours', [result(100), result(300), result(110)]],
      ['reference', [result(100), result(100), result(100)]],
    ] as const);
    expect(comparisonRows(load, rounds)).toEqual([
      {
        'ours ÷ reference': 'batches',
        throughput: 1.1,
        lowest: 1,
        highest: 3,
        'p50 ms': expect.closeTo(1 / 1.1),
        'p99 ms': 1,
        'CPU µs/request': expect.closeTo(1 / 1.1),
        'peak MB': 1,
      },
    ]);
  });

  it('is empty without a reference build', () => {
    expect(comparisonRows(load, new Map([['ours', [result(100)]]]))).toEqual([]);
  });
});
