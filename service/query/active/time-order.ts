const digits = 65_536;
const wordSize = 2 ** 32;

/**
 * The places of the first `length` times, which are whole, in the order of these; equal ones stay
 * as they are. By counting, from the least significant of their digits of 16 bits on: what it costs
 * grows with the number of times, however these are mixed.
 */
export function timeOrder(times: Float64Array, length: number): Uint32Array {
  const { least, greatest } = bounds(times, length);
  const span = length === 0 ? 0 : greatest - least;
  const low = new Uint32Array(length);
  const high = new Uint32Array(span < wordSize ? 0 : length);
  let order = new Uint32Array(length);
  for (let at = 0; at < length; at++) {
    const since = (times[at] ?? 0) - least;
    order[at] = at;
    low[at] = since;
    if (span >= wordSize) high[at] = since / wordSize;
  }
  let sorted = new Uint32Array(length);
  for (let bits = 0, rest = span; rest >= 1; bits += 16, rest /= digits) {
    byDigit(bits < 32 ? low : high, bits % 32, order, sorted);
    [order, sorted] = [sorted, order];
  }
  return order;
}

function bounds(times: Float64Array, length: number) {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < length; at++) {
    const time = times[at] ?? 0;
    if (time < least) least = time;
    if (time > greatest) greatest = time;
  }
  return { least, greatest };
}

/** Puts places into the order of one digit of their words. */
function byDigit(words: Uint32Array, shift: number, order: Uint32Array, sorted: Uint32Array): void {
  const next = new Uint32Array(digits + 1);
  for (let at = 0; at < order.length; at++) {
    const digit = ((words[at] ?? 0) >>> shift) & 0xffff;
    next[digit + 1] = (next[digit + 1] ?? 0) + 1;
  }
  for (let digit = 1; digit < digits; digit++) {
    next[digit] = (next[digit] ?? 0) + (next[digit - 1] ?? 0);
  }
  for (let at = 0; at < order.length; at++) {
    const place = order[at] ?? 0;
    const digit = ((words[place] ?? 0) >>> shift) & 0xffff;
    const to = next[digit] ?? 0;
    next[digit] = to + 1;
    sorted[to] = place;
  }
}
