import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';

/** Refs that changed since they were last written: one bit each. */
export class DirtyRefs {
  readonly #buffer = growingBuffer(1);
  readonly #words = new Uint32Array(this.#buffer);
  #count = 0;
  #position = 0;

  get count(): number {
    return this.#count;
  }

  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void {
    makeRoom(this.#buffer, 4 * Math.ceil(refs / 32));
  }

  add(ref: number): void {
    if (!this.#has(ref)) this.#flip(ref, 1);
  }

  remove(ref: number): void {
    if (this.#has(ref)) this.#flip(ref, -1);
  }

  /** Removes and returns up to `limit` of them, in a circle: none waits forever. */
  take(limit: number): number[] {
    const taken: number[] = [];
    while (taken.length < limit && this.#count > 0) {
      this.#position = this.#seek();
      this.#flip(this.#position, -1);
      taken.push(this.#position);
    }
    return taken;
  }

  #has(ref: number): boolean {
    return ((this.#words[ref >>> 5] ?? 0) & bitOf(ref)) !== 0;
  }

  #flip(ref: number, by: 1 | -1): void {
    this.#words[ref >>> 5] = (this.#words[ref >>> 5] ?? 0) ^ bitOf(ref);
    this.#count += by;
  }

  /** The next dirty ref at or behind the position; there must be one. */
  #seek(): number {
    for (let at = this.#position; ; ) {
      const rest = (this.#words[at >>> 5] ?? 0) >>> (at & 31);
      if (rest !== 0) return at + 31 - Math.clz32(rest & -rest);
      at = ((at >>> 5) + 1) << 5;
      if (at >>> 5 >= this.#words.length) at = 0;
    }
  }
}

const bitOf = (ref: number): number => 1 << (ref & 31);
