type Numbers =
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

const leastLength = 1_024;

/**
 * Returns `array` if it has at least `length` elements, otherwise a copy of at least twice its
 * length, with zeros at the end; the memory of the old one is then released at once. `array` must
 * own its whole buffer, and `Type` be its type.
 *
 * The copy halts the process for some dozen milliseconds at a million elements: where a heartbeat
 * must not wait for that, use `growingBuffer`.
 */
export function withRoom<A extends Numbers>(
  Type: new (length: number) => A,
  array: A,
  length: number,
): A {
  if (length <= array.length) return array;
  // Pages that were never written take no memory, so doubling is cheap.
  const longer = new Type(Math.max(leastLength, length, 2 * array.length));
  longer.set(array);
  array.buffer.transfer(0);
  return longer;
}
