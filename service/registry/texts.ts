import { makeRoom } from '../runtime/collections/growing-buffer.ts';

const blockBytes = 8;
const headerBytes = 4;
/** Reserved addresses, not memory: 64 bytes for each of as many texts as there can be refs. */
const maxBytes = 2 ** 30;

/**
 * Short texts outside the heap. A million strings on the heap take 50 % more memory, and the garbage
 * collector visits each of them every time.
 *
 * A block is a header (length in code units, and whether they are wide), then the code units: one
 * byte each when all are below 256, else two; little-endian as the machine. Blocks are multiples of
 * 8 bytes; a dropped block is used for the next text of its size.
 */
export class Texts {
  readonly #buffer = new ArrayBuffer(0, { maxByteLength: maxBytes });
  readonly #bytes = new Uint8Array(this.#buffer);
  readonly #units = new Uint16Array(this.#buffer);
  readonly #words = new Int32Array(this.#buffer);
  /** The first free block by number of blocks; each free block begins with the next one. */
  readonly #free: number[] = [];
  #end = 1;

  /** Stores a text and returns its handle, above 0. */
  put(text: string): number {
    const { length } = text;
    const isWide = hasWide(text);
    const handle = this.#take(blocksFor(length, isWide));
    this.#words[handle * 2] = length * 2 + (isWide ? 1 : 0);
    const [target, from] = isWide ? [this.#units, handle * 4 + 2] : [this.#bytes, handle * 8 + 4];
    for (let at = 0; at < length; at++) target[from + at] = text.charCodeAt(at);
    return handle;
  }

  get(handle: number): string {
    const { length, isWide } = this.#header(handle);
    const from = handle * blockBytes + headerBytes;
    const bytes = Buffer.from(this.#buffer, from, isWide ? 2 * length : length);
    return bytes.toString(isWide ? 'utf16le' : 'latin1');
  }

  equals(handle: number, text: string): boolean {
    const found = this.#words[handle * 2] ?? 0;
    if (found >>> 1 !== text.length) return false;
    return (found & 1) === 1
      ? this.#equalsWide(handle * 4 + 2, text)
      : this.#equalsNarrow(handle, text);
  }

  drop(handle: number): void {
    const { length, isWide } = this.#header(handle);
    const blocks = blocksFor(length, isWide);
    this.#words[handle * 2] = this.#free[blocks] ?? 0;
    this.#free[blocks] = handle;
  }

  #header(handle: number): { readonly length: number; readonly isWide: boolean } {
    const header = this.#words[handle * 2] ?? 0;
    return { length: header >>> 1, isWide: (header & 1) === 1 };
  }

  #take(blocks: number): number {
    const reused = this.#free[blocks] ?? 0;
    if (reused !== 0) {
      this.#free[blocks] = this.#words[reused * 2] ?? 0;
      return reused;
    }
    makeRoom(this.#buffer, (this.#end + blocks) * blockBytes);
    const fresh = this.#end;
    this.#end += blocks;
    return fresh;
  }

  #equalsWide(from: number, text: string): boolean {
    for (let at = 0; at < text.length; at++) {
      if (this.#units[from + at] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Four bytes at a time, because it runs for each heartbeat. */
  #equalsNarrow(handle: number, text: string): boolean {
    const words = this.#words;
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
      if (this.#bytes[from + at] !== text.charCodeAt(at)) return false;
    }
    return true;
  }
}

const blocksFor = (length: number, isWide: boolean): number =>
  Math.ceil((headerBytes + (isWide ? 2 * length : length)) / blockBytes);

function hasWide(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 255) return true;
  return false;
}
