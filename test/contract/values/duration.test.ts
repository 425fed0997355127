import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from '../../../service/contract/values/duration.ts';

describe('formatDuration', () => {
  it.each([
    [-1, '0 s'],
    [0, '0 s'],
    [340, '0.3 s'],
    [12_500, '12.5 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_605_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [90_061_000, '1 d 1 h'],
    [7 * 86_400_000, '7 d'],
  ])('formats %d ms by its two largest units', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['1 hour', undefined],
    ['-1h', undefined],
    ['1.5h', undefined],
    ['1mo', undefined],
    ['', undefined],
  ])('parses %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
