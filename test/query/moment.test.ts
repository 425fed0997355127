import { describe, expect, it } from '@jest/globals';
import { parseMoment } from '../../service/query/moment.ts';

const nowMs = Date.UTC(2026, 0, 31, 12);

describe('parseMoment', () => {
  it.each([
    ['now', nowMs],
    ['now-30s', nowMs - 30_000],
    ['now-15m', nowMs - 900_000],
    ['now-1h', nowMs - 3_600_000],
    ['now-7d', nowMs - 7 * 86_400_000],
    ['now-2w', nowMs - 14 * 86_400_000],
    ['now-999999999w', 0],
    ['0', 0],
    ['1769860800', nowMs],
    ['1769860800000', nowMs],
    ['2026-01-31T12:00:00Z', nowMs],
    ['2026-01-31T13:00:00+01:00', nowMs],
    ['2026-01-31T13:00:00 01:00', nowMs],
  ])('reads %j', (text, expected) => {
    expect(parseMoment(text, nowMs)).toBe(expected);
  });

  it.each([
    '',
    'NOW',
    'now-',
    'now-1',
    'now-h',
    'now+1h',
    'now-1y',
    'now-1.5h',
    '2026-01-31',
    '-5',
  ])('does not take %j for a time', (text) => expect(parseMoment(text, nowMs)).toBeUndefined());
});
