import { describe, expect, it } from '@jest/globals';
import { describeValue } from '../../../service/contract/values/describe-value.ts';

describe('describeValue', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [[1, 2], 'an array'],
    [{ a: 1 }, 'an object'],
    ['a\nb', '"a\\nb"'],
    [1e20, '100000000000000000000'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['x'.repeat(1_000_000), `"${'x'.repeat(56)}…`],
  ])('writes %p on one short line', (value, expected) => {
    expect(describeValue(value)).toBe(expected);
  });
});
