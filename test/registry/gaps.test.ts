import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { componentMetricDefinitions } from '../../service/contract/metrics/components.ts';
import { Gaps } from '../../service/registry/gaps.ts';

const { buckets } = componentMetricDefinitions.betweenBeatsSeconds;

describe('Gaps', () => {
  it('counts as a plain comparison with each bound does', () => {
    const anyGap = fc.oneof(
      fc.integer({ min: 0, max: 2_000_000 }),
      fc.constantFrom(...buckets.flatMap((s) => [s * 1_000, s * 1_000 + 1])),
    );
    fc.assert(
      fc.property(fc.array(anyGap), (gapsMs) => {
        const gaps = new Gaps();
        for (const gapMs of gapsMs) gaps.note(gapMs);
        const upTo = (s: number) => gapsMs.filter((gapMs) => gapMs <= s * 1_000).length;
        expect(gaps.cumulated()).toEqual([...buckets.map(upTo), gapsMs.length]);
        expect(gaps.sumSeconds).toBeCloseTo(gapsMs.reduce((sum, ms) => sum + ms, 0) / 1_000);
      }),
    );
  });

  it('passes over what a clock that was set back makes of it', () => {
    const gaps = new Gaps();
    gaps.note(-1);
    expect(gaps.cumulated().at(-1)).toBe(0);
    expect(gaps.sumSeconds).toBe(0);
  });
});
