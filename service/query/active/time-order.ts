/** A digit of the sort: a pass over all numbers for each, and a counter for each of its values. */
const digitBits = 16;
const digits = 2 ** digitBits;

/**
 * The places of the first `length` times in the order of these; equal ones stay as they are. By
 * counting (least significant digit first), whose cost grows with the number of times alone.
 */
export function timeOrder(times: Float64Array, length: number): Uint32Array {
  let order = new Uint32Array(length);
  let [least, greatest] = [Infinity, -Infinity];
  for (let at = 0; at < length; at++) {
    const time = times[at] ?? 0;
    order[at] = at;
    if (time < least) least = time;
    if (time > greatest) greatest = time;
  }
  const counters = new Uint32Array(digits);
  let sorted = new Uint32Array(length);
  for (let unit = 1; unit <= greatest - least; unit *= digits) {
    const digitOf = (place: number) => Math.floor(((times[place] ?? 0) - least) / unit) % digits;
    counters.fill(0);
    for (let at = 0; at < length; at++) {
      const digit = digitOf(at);
      counters[digit] = (counters[digit] ?? 0) + 1;
    }
    let before = 0;
    for (let digit = 0; digit < digits; digit++) {
      const count = counters[digit] ?? 0;
      counters[digit] = before;
      before += count;
    }
    for (const place of order) {
      const digit = digitOf(place);
      const at = counters[digit] ?? 0;
      sorted[at] = place;
      counters[digit] = at + 1;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}
