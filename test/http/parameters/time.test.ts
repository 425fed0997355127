import { describe, expect, it } from '@jest/globals';
import { parseTime, parseTimeZone } from '../../../service/http/parameters/time.ts';

const nowMs = Date.UTC(2026, 0, 31, 12);

describe('parseTime', () => {
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
    expect(parseTime(text, nowMs)).toBe(expected);
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
    '2026-02-30',
    '2026-13',
    '2026-1-1',
    '2026-01T12:00',
    '1969-12-31',
    '0000-01-01',
    '-5',
  ])('does not take %j for a time', (text) => expect(parseTime(text, nowMs)).toBeUndefined());

  it.each([
    ['2026-01-31', '2026-01-30T23:00:00Z'],
    ['2026-08', '2026-07-31T22:00:00Z'],
    ['2026-01-31T12:00', '2026-01-31T11:00:00Z'],
    ['2026-01-31T12:00:00.5', '2026-01-31T11:00:00.5Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z'],
  ])('reads %j in the time zone', (text, utc) => {
    expect(parseTime(text, nowMs, 'Europe/Zurich')).toBe(Date.parse(utc));
  });
});

describe('parseTimeZone', () => {
  it.each([
    ['UTC', 'UTC'],
    ['europe/zurich', 'Europe/Zurich'],
    ['Etc/GMT 5', 'Etc/GMT+5'],
  ])('reads %j', (text, name) => expect(parseTimeZone(text)).toBe(name));

  it.each([
    '',
    'Zurich',
    '+01:00',
    '../UTC',
    '2020-01-01[UTC]',
    'UTC]',
    '__proto__',
    'a'.repeat(99),
  ])('does not take %j for a zone', (text) => expect(parseTimeZone(text)).toBeUndefined());
});
