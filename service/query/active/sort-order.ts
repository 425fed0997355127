const digits = 65_536;
const wordSize = 2 ** 32;

/**
 * Indexes of the first `length` numbers, which are integers, in ascending order of these; equal ones
 * keep their order. A radix sort by digits of 16 bits: its time grows with `length` alone.
 */
export function sortOrder(numbers: Float64Array, length: number): Uint32Array {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < length; at++) {
    const number = numbers[at] ?? 0;
    if (number < min) min = number;
    if (number > max) max = number;
  }
  const span = length === 0 ? 0 : max - min;
  const low = new Uint32Array(length);
  const high = new Uint32Array(span < wordSize ? 0 : length);
  let order = new Uint32Array(length);
  for (let at = 0; at < length; at++) {
    const offset = (numbers[at] ?? 0) - min;
    order[at] = at;
    low[at] = offset;
    if (span >= wordSize) high[at] = offset / wordSize;
  }
  let sorted = new Uint32Array(length);
  for (let bits = 0, rest = span; rest >= 1; bits += 16, rest /= digits) {
    sortByDigit(bits < 32 ? low : high, bits % 32, order, sorted);
    [order, sorted] = [sorted, order];
  }
  return order;
}

/** Writes the indexes of `order` to `sorted`, in the order of one digit of their words. */
function sortByDigit(
  words: Uint32Array,
  shift: number,
  order: Uint32Array,
  sorted: Uint32Array,
): void {
  const next = new Uint32Array(digits + 1);
  for (let at = 0; at < order.length; at++) {
    const digit = ((words[at] ?? 0) >>> shift) & 0xffff;
    next[digit + 1] = (next[digit + 1] ?? 0) + 1;
  }
  for (let digit = 1; digit < digits; digit++) {
    next[digit] = (next[digit] ?? 0) + (next[digit - 1] ?? 0);
  }
  for (let at = 0; at < order.length; at++) {
    const index = order[at] ?? 0;
    const digit = ((words[index] ?? 0) >>> shift) & 0xffff;
    const to = next[digit] ?? 0;
    next[digit] = to + 1;
    sorted[to] = index;
  }
}
