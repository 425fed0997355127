/** Bytes that have arrived and are not consumed yet. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first bytes, which stay; fewer where there are not so many. */
  peek(length: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    return this.#joined().subarray(0, length);
  }

  /** Removes the first bytes; there must be so many. */
  take(length: number): Buffer {
    const first = this.#chunks[0];
    const all = first !== undefined && first.length >= length ? first : this.#joined();
    const rest = all.subarray(length);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#length -= length;
    return all.subarray(0, length);
  }

  /** Position of a byte, from `from` on; -1 where there is none. */
  indexOf(byte: number, from: number): number {
    let before = 0;
    for (const chunk of this.#chunks) {
      const at = chunk.indexOf(byte, Math.max(0, from - before));
      if (at >= 0 && before + at >= from) return before + at;
      before += chunk.length;
    }
    return -1;
  }

  #joined(): Buffer {
    const [first, ...others] = this.#chunks;
    const all = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#chunks = all.length > 0 ? [all] : [];
    return all;
  }
}
