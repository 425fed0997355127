/** As many refs as there can be at once: what is set aside for them is addresses, not memory. */
export const mostRefs = 2 ** 24;

/**
 * Memory for numbers by ref that grows in place. An array that is copied into a longer one would
 * stop the service for some dozen milliseconds at a million instances, and leave holes as large as
 * all its former selves. Views of it grow with it.
 */
export const growingBuffer = (bytesPerRef: number, refs = mostRefs): ArrayBuffer =>
  new ArrayBuffer(0, { maxByteLength: bytesPerRef * refs });

/** Pages that were never written take no memory, so the steps can be long. */
const stepBytes = 2 ** 20;

/** Makes room; throws a RangeError beyond `mostRefs`. */
export function makeRoom(buffer: ArrayBuffer, bytes: number): void {
  if (bytes <= buffer.byteLength) return;
  const wanted = Math.ceil(bytes / stepBytes) * stepBytes;
  buffer.resize(Math.max(bytes, Math.min(wanted, buffer.maxByteLength)));
}
