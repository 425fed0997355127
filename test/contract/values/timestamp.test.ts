import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTimestamp } from '../../../service/contract/values/timestamp.ts';

const at = (iso: string) => Date.parse(iso);
const shown = (value: unknown) => JSON.stringify(value);

/** 1973-03-03T09:46:40Z, where milliseconds begin; and a year that all units reach. */
const fromMs = 100_000_000_000;
const toMs = Date.UTC(5000, 0, 1);
const anyMs = fc.integer({ min: fromMs, max: toMs });
const decimals = (least: number, most: number) =>
  fc.stringMatching(new RegExp(`^[0-9]{${least},${most}}$`));

describe('parseTimestamp', () => {
  it.each([
    ['seconds', 1_795_150_800, 1_795_150_800_000],
    ['seconds with decimals', 1_795_150_800.123, 1_795_150_800_123],
    ['milliseconds', 1_795_150_800_123, 1_795_150_800_123],
    ['milliseconds with decimals, rounded down', 1_795_150_800_123.9, 1_795_150_800_123],
    ['microseconds', 1_795_150_800_123_999, 1_795_150_800_123],
    ['nanoseconds', 1_795_150_800_123_000_000, 1_795_150_800_123],
    ['the epoch', 0, 0],
    ['the last second', 99_999_999_999, 99_999_999_999_000],
    ['the first millisecond', 100_000_000_000, 100_000_000_000],
    ['the last millisecond', 99_999_999_999_999, 99_999_999_999_999],
    ['the first microsecond', 100_000_000_000_000, 100_000_000_000],
    ['the first nanosecond', 100_000_000_000_000_000, 100_000_000_000],
  ])('takes a number of %s', (_, value, expected) => {
    expect(parseTimestamp(value)).toBe(expected);
  });

  it.each([
    ['1795150800', 1_795_150_800_000],
    ['1795150800.1', 1_795_150_800_100],
    ['1795150800.123999999', 1_795_150_800_123],
    ['0.009', 9],
    ['1795150800,123', 1_795_150_800_123],
    ['1795150800123', 1_795_150_800_123],
    ['1795150800123.999', 1_795_150_800_123],
    ['1795150800123999', 1_795_150_800_123],
    ['1795150800123999999', 1_795_150_800_123],
    ['1795150800123999999.5', 1_795_150_800_123],
    ['99999999999999999999', 99_999_999_999_999],
    ['00001795150800123', 1_795_150_800_123],
    ['00000000000000000000', 0],
    ['0', 0],
  ])('takes the digits %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each([
    ['2026-01-31T12:00:00Z', at('2026-01-31T12:00:00Z')],
    ['2026-01-31t12:00:00z', at('2026-01-31T12:00:00Z')],
    ['2026-01-31 12:00:00Z', at('2026-01-31T12:00:00Z')],
    ['2026-01-31T12:00:00.5Z', at('2026-01-31T12:00:00.500Z')],
    ['2026-01-31T12:00:00.0099999999Z', at('2026-01-31T12:00:00.009Z')],
    ['2026-01-31T12:00:00.12345678901234567890Z', at('2026-01-31T12:00:00.123Z')],
    ['2026-01-31T12:00:00+01:00', at('2026-01-31T11:00:00Z')],
    ['2026-01-31T12:00:00,5Z', at('2026-01-31T12:00:00.500Z')],
    ['2026-01-31 12:00:00,123456789+0130', at('2026-01-31T10:30:00.123Z')],
    ['2026-01-31T12:00:00+0000', at('2026-01-31T12:00:00Z')],
    ['2026-01-31T12:00:00-05:30', at('2026-01-31T17:30:00Z')],
    ['2026-01-31T12:00:00+23:59', at('2026-01-30T12:01:00Z')],
    ['2026-01-31T12:00:00-00:00', at('2026-01-31T12:00:00Z')],
    ['2024-02-29T00:00:00Z', at('2024-02-29T00:00:00Z')],
    ['2000-02-29T00:00:00Z', at('2000-02-29T00:00:00Z')],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:00:00-01:00', 0],
    ['9999-12-31T23:59:59.999Z', at('9999-12-31T23:59:59.999Z')],
    ['2016-12-31T23:59:60Z', at('2017-01-01T00:00:00Z')],
    ['2016-12-31T23:59:60.5Z', at('2017-01-01T00:00:00.500Z')],
    ['2017-01-01T08:59:60+09:00', at('2017-01-01T00:00:00Z')],
  ])('takes the RFC 3339 time %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-13-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31T12:00:61Z',
    // A leap second ends a day of UTC, and nothing else.
    '2026-01-31T12:00:60Z',
    '2016-12-31T23:59:60+09:00',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+01:60',
    '1969-12-31T23:59:59Z',
    // JavaScript takes the years 0 to 99 for those of the last century.
    '0075-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00Z',
    '2026-01-31T12:00:00.Z',
    '2026-1-31T12:00:00Z',
    '+002026-01-31T12:00:00Z',
    ' 2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z\n',
    '٢٠٢٦-01-31T12:00:00Z',
    'Sat, 31 Jan 2026 12:00:00 GMT',
    'now',
    '',
    ' ',
    '-1',
    '+1795150800',
    '1.795e9',
    '0x6b000000',
    '1795150800.',
    '.5',
    '1795150800s',
    '1795150800 ',
    '123456789012345678901',
    `1795150800.${'1'.repeat(21)}`,
    -1,
    -0.001,
    1e20,
    1e308,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    true,
    {},
    [],
    [1_795_150_800],
    undefined,
    null,
  ])('takes no %p for a time', (value) => {
    expect(parseTimestamp(value)).toBeUndefined();
  });

  it('reads the same millisecond in every unit and form', () => {
    fc.assert(
      fc.property(anyMs, fc.nat(999), (ms, rest) => {
        const seconds = `${Math.floor(ms / 1_000)}.${String(ms % 1_000).padStart(3, '0')}`;
        const forms: unknown[] = [
          ms,
          Number(seconds),
          // Beyond 2^53 a body's integers come as digits.
          Number.isSafeInteger(ms * 1_000) ? ms * 1_000 : `${ms}000`,
          String(ms),
          seconds,
          `${ms}${String(rest).padStart(3, '0')}`,
          `${ms}${String(rest).padStart(6, '9')}`,
          new Date(ms).toISOString(),
        ];
        for (const form of forms)
          expect([shown(form), parseTimestamp(form)]).toEqual([shown(form), ms]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads digits exactly, where a number would have been rounded', () => {
    fc.assert(
      fc.property(anyMs, decimals(6, 6), decimals(0, 20), (ms, nanoseconds, fraction) => {
        const digits = `${ms}${nanoseconds}${fraction && `.${fraction}`}`;
        expect([digits, parseTimestamp(digits)]).toEqual([digits, ms]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads any offset as the same time elsewhere', () => {
    const minutes = fc.integer({ min: -1_439, max: 1_439 });
    fc.assert(
      fc.property(anyMs, minutes, decimals(0, 17), (ms, offset, finer) => {
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
        const [hours, rest] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const sign = offset < 0 ? '-' : '+';
        const zone = `${sign}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
        const text = `${local}${finer}${zone}`;
        expect([text, parseTimestamp(text)]).toEqual([text, ms]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives a whole number from 0 on, or nothing, for any value', () => {
    const digitsLike = fc.stringMatching(/^[-+0-9.:TZeE ]{0,40}$/);
    const value = fc.oneof(fc.anything(), fc.double(), fc.string(), digitsLike);
    fc.assert(
      fc.property(value, (any) => {
        const ms = parseTimestamp(any);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
