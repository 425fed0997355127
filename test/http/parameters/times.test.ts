import { describe, expect, it } from '@jest/globals';
import { parseStep, parseTime, parseTimeZone } from '../../../service/http/parameters/times.ts';
import type { Step } from '../../../service/query/period/query.ts';

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

describe('parseStep', () => {
  it.each<[string, Step]>([
    ['1s', { unit: 'ms', count: 1_000 }],
    ['15m', { unit: 'ms', count: 900_000 }],
    ['1h', { unit: 'ms', count: 3_600_000 }],
    ['24h', { unit: 'days', count: 1 }],
    ['172800s', { unit: 'days', count: 2 }],
    ['1d', { unit: 'days', count: 1 }],
    ['2w', { unit: 'weeks', count: 2 }],
    ['1mo', { unit: 'months', count: 1 }],
    ['12mo', { unit: 'months', count: 12 }],
  ])('reads %j', (text, step) => expect(parseStep(text)).toEqual(step));

  it.each([
    '',
    '1',
    'h',
    '0h',
    '-1h',
    '1.5h',
    '01h',
    '1y',
    '1H',
    '36h',
    '1000001d',
    '99999999999s',
  ])('does not take %j for a step', (text) => expect(parseStep(text)).toBeUndefined());
});
