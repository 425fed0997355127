import { makeRoom } from '../runtime/collections/growing-buffer.ts';

/**
 * Short texts outside the heap. A million strings there take half as much room again, and the
 * garbage collector visits each of them every time.
 *
 * A block is a header (length in code units, and whether they are wide), then the code units: a
 * byte each when all are below 256, else two; little-endian as the machine. Blocks are multiples of 8 bytes; one that is dropped
 * is given to the next text of its size.
 */
export type Texts = {
  /** Keeps a text; the handle, above 0, is needed to find it again. */
  put(text: string): number;
  get(handle: number): string;
  equals(handle: number, text: string): boolean;
  drop(handle: number): void;
};

const blockBytes = 8;
const headerBytes = 4;
/** Addresses, not memory: 64 bytes for each of as many texts as there can be refs. */
const mostBytes = 2 ** 30;

export function createTexts(): Texts {
  const buffer = new ArrayBuffer(0, { maxByteLength: mostBytes });
  const bytes = new Uint8Array(buffer);
  const units = new Uint16Array(buffer);
  const words = new Int32Array(buffer);
  /** By number of blocks, the first of those that are free; each begins with the next one. */
  const free: number[] = [];
  let end = 1;

  const header = (handle: number) => words[handle * 2] ?? 0;
  const blocksFor = (length: number, isWide: boolean) =>
    Math.ceil((headerBytes + (isWide ? 2 * length : length)) / blockBytes);

  function take(blocks: number): number {
    const reused = free[blocks] ?? 0;
    if (reused !== 0) {
      free[blocks] = words[reused * 2] ?? 0;
      return reused;
    }
    makeRoom(buffer, (end + blocks) * blockBytes);
    const fresh = end;
    end += blocks;
    return fresh;
  }

  function equalsWide(from: number, text: string): boolean {
    for (let at = 0; at < text.length; at++) {
      if (units[from + at] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Four bytes at a time: this is done for each heartbeat. */
  function equalsNarrow(handle: number, text: string): boolean {
    const { length } = text;
    let at = 0;
    for (let word = handle * 2 + 1; at + 3 < length; at += 4, word++) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      if ((a | b | c | d) > 255) return false;
      if (words[word] !== (a | (b << 8) | (c << 16) | (d << 24))) return false;
    }
    for (const from = handle * blockBytes + headerBytes; at < length; at++) {
      if (bytes[from + at] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  return {
    put(text) {
      const { length } = text;
      const isWide = hasWide(text);
      const handle = take(blocksFor(length, isWide));
      words[handle * 2] = length * 2 + (isWide ? 1 : 0);
      const [target, from] = isWide ? [units, handle * 4 + 2] : [bytes, handle * 8 + 4];
      for (let at = 0; at < length; at++) target[from + at] = text.charCodeAt(at);
      return handle;
    },
    get(handle) {
      const length = header(handle) >>> 1;
      const isWide = (header(handle) & 1) === 1;
      const from = handle * blockBytes + headerBytes;
      return Buffer.from(buffer, from, isWide ? 2 * length : length).toString(
        isWide ? 'utf16le' : 'latin1',
      );
    },
    equals(handle, text) {
      const found = header(handle);
      if (found >>> 1 !== text.length) return false;
      return (found & 1) === 1 ? equalsWide(handle * 4 + 2, text) : equalsNarrow(handle, text);
    },
    drop(handle) {
      const blocks = blocksFor(header(handle) >>> 1, (header(handle) & 1) === 1);
      words[handle * 2] = free[blocks] ?? 0;
      free[blocks] = handle;
    },
  };
}

function hasWide(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 255) return true;
  return false;
}
