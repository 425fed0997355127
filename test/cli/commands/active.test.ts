import { describe, expect, it } from '@jest/globals';
import { stepFor } from '../../../service/cli/commands/active.ts';

const nowMs = Date.parse('2026-01-31T12:00:00Z');

describe('stepFor', () => {
  it.each([
    ['now-5m', undefined, '1m'],
    ['now-24h', undefined, '1h'],
    ['now-7d', undefined, '6h'],
    ['now-30d', undefined, '1d'],
    ['now-52w', undefined, '1w'],
    ['now-48h', 'now-24h', '1h'],
    ['2026-01-01', '2026-01-02', '1h'],
    ['yesterday', undefined, undefined],
  ])('from %s to %s is %s', (since, until, step) => {
    expect(stepFor(since, until, nowMs)).toBe(step);
  });
});
