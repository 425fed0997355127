/**
 * What is kept of an instance as numbers: eight of them, which is one cache line, so that a
 * heartbeat costs one miss and not one for each column.
 */
export const field = {
  lastHeardMs: 0,
  receivedAtMs: 1,
  lastSeq: 2,
  intervalSeconds: 3,
  stateSinceMs: 4,
  firstSeenMs: 5,
  id: 6,
} as const;
export const fieldsPerRow = 8;
export const fieldNames = [
  'lastHeardMs',
  'receivedAtMs',
  'lastSeq',
  'intervalSeconds',
  'stateSinceMs',
  'firstSeenMs',
  'id',
] as const;

/** The length to grow to. Pages that were never written take no memory: doubling is cheap. */
export const roomFor = (wanted: number, length: number): number =>
  wanted <= length ? length : Math.max(1_024, wanted, 2 * length);

/**
 * The same numbers in a longer array. The old one is given back to the system at once, and not
 * when the garbage collector comes by: it can be large.
 */
export function longerFloats(old: Float64Array<ArrayBuffer>, length: number) {
  const longer = new Float64Array(length);
  longer.set(old);
  old.buffer.transfer(0);
  return longer;
}

export function longerIntegers(old: Uint32Array<ArrayBuffer>, length: number) {
  const longer = new Uint32Array(length);
  longer.set(old);
  old.buffer.transfer(0);
  return longer;
}

export function longerBytes(old: Uint8Array<ArrayBuffer>, length: number) {
  const longer = new Uint8Array(length);
  longer.set(old);
  old.buffer.transfer(0);
  return longer;
}
