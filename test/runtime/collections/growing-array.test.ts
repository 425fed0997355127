import { describe, expect, it } from '@jest/globals';
import { withRoom } from '../../../service/runtime/collections/growing-array.ts';

describe('withRoom', () => {
  it('leaves an array that is long enough as it is', () => {
    const array = new Uint32Array(4);
    expect(withRoom(Uint32Array, array, 4)).toBe(array);
  });

  it('keeps the elements, at least doubles the length, and releases the old memory', () => {
    const array = Float64Array.from({ length: 2_000 }, (_, at) => at);
    const longer = withRoom(Float64Array, array, 2_001);
    expect(longer).toHaveLength(4_000);
    expect(longer[1_999]).toBe(1_999);
    expect(longer[2_000]).toBe(0);
    expect(array).toHaveLength(0);
  });

  it('makes room for an element far beyond the end', () => {
    expect(withRoom(Uint8Array, new Uint8Array(0), 1)).toHaveLength(1_024);
    expect(withRoom(Uint8Array, new Uint8Array(8), 50_000)).toHaveLength(50_000);
  });
});
