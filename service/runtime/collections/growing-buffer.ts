/** Most refs at a time. Buffers reserve addresses for them, not memory. */
export const maxRefs = 2 ** 24;

/**
 * Memory for numbers by ref that grows in place; views of it grow with it. To copy an array into a
 * longer one would halt the service for some dozen milliseconds at a million instances, and fragment
 * the memory.
 */
export const growingBuffer = (bytesPerRef: number, refs = maxRefs): ArrayBuffer =>
  new ArrayBuffer(0, { maxByteLength: bytesPerRef * refs });

/** Pages that were never written take no memory, so the steps can be long. */
const stepBytes = 2 ** 20;

/** Makes room; throws a RangeError beyond `maxRefs`. */
export function makeRoom(buffer: ArrayBuffer, bytes: number): void {
  if (bytes <= buffer.byteLength) return;
  const wanted = Math.ceil(bytes / stepBytes) * stepBytes;
  buffer.resize(Math.max(bytes, Math.min(wanted, buffer.maxByteLength)));
}
