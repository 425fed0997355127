import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createUlids, isUlid, ulidTime } from '../../service/runtime/ulid.ts';

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const highest = () => new Uint8Array(10).fill(0xff);

describe('createUlids', () => {
  it('writes the example of the specification', () => {
    // github.com/ulid/spec: 01ARYZ6S41TSV4RRFFQ69G5FAV.
    expect(createUlids()(1_469_918_176_385)).toMatch(/^01ARYZ6S41/);
    expect(createUlids(() => new Uint8Array(10))(0)).toBe('0'.repeat(26));
  });

  it('makes ids that sort by time, and within a millisecond as they were made', () => {
    fc.assert(
      fc.property(fc.array(times, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (all, n) => {
        const next = createUlids();
        const ids = all
          .sort((one, other) => one - other)
          .flatMap((ms) => Array.from({ length: n }, () => next(ms)));
        expect(ids.toSorted()).toEqual(ids);
        expect(ids.every(isUlid)).toBe(true);
      }),
    );
  });

  it('keeps to the time that it is given, also when that goes back', () => {
    const next = createUlids();
    const [later, earlier] = [next(2_000), next(1_000)];
    expect(earlier < later).toBe(true);
    expect(earlier.slice(0, 10)).toBe(ulidTime(1_000));
  });

  it('never overflows within a millisecond', () => {
    const next = createUlids(highest);
    const ids = Array.from({ length: 10_000 }, () => next(5));
    expect(new Set(ids).size).toBe(10_000);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.every((id) => id.startsWith(ulidTime(5)))).toBe(true);
  });

  it('never makes the same twice', () => {
    const one = createUlids();
    const other = createUlids();
    const ids = Array.from({ length: 1_000 }, () => [one(7), other(7)]).flat();
    expect(new Set(ids).size).toBe(2_000);
  });
});

describe('ulidTime', () => {
  it('stands between the ids of earlier times and its own', () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        expect(createUlids(highest)(one) < ulidTime(other)).toBe(one < other);
      }),
    );
  });

  it('takes times that no id can have for the first or last', () => {
    expect(ulidTime(-1)).toBe('0000000000');
    expect(ulidTime(Number.MAX_SAFE_INTEGER)).toBe('7ZZZZZZZZZ');
  });
});

describe('isUlid', () => {
  it.each([
    '',
    '0',
    `${'0'.repeat(25)}I`,
    `8${'0'.repeat(25)}`,
    `${'0'.repeat(26)}\n`,
    'a'.repeat(26),
  ])('refuses %j', (text) => expect(isUlid(text)).toBe(false));
});
