import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';

/** Which refs changed since they were last written: a bit each. */
export type DirtyRefs = {
  readonly count: number;
  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void;
  has(ref: number): boolean;
  add(ref: number): void;
  remove(ref: number): void;
  /** Takes out up to `limit` of them, going round: none waits for ever. */
  take(limit: number): number[];
};

export function createDirtyRefs(): DirtyRefs {
  const buffer = growingBuffer(1);
  const words = new Uint32Array(buffer);
  let count = 0;
  let position = 0;

  const bitOf = (ref: number) => 1 << (ref & 31);
  const has = (ref: number) => ((words[ref >>> 5] ?? 0) & bitOf(ref)) !== 0;

  function flip(ref: number, by: 1 | -1): void {
    words[ref >>> 5] = (words[ref >>> 5] ?? 0) ^ bitOf(ref);
    count += by;
  }

  /** The next dirty ref at or behind `position`; there must be one. */
  function seek(): number {
    for (;;) {
      const rest = (words[position >>> 5] ?? 0) >>> (position & 31);
      if (rest !== 0) return position + 31 - Math.clz32(rest & -rest);
      position = ((position >>> 5) + 1) << 5;
      if (position >>> 5 >= words.length) position = 0;
    }
  }

  return {
    get count() {
      return count;
    },
    makeRoom: (refs) => makeRoom(buffer, 4 * Math.ceil(refs / 32)),
    has,
    add(ref) {
      if (!has(ref)) flip(ref, 1);
    },
    remove(ref) {
      if (has(ref)) flip(ref, -1);
    },
    take(limit) {
      const taken: number[] = [];
      while (taken.length < limit && count > 0) {
        position = seek();
        flip(position, -1);
        taken.push(position);
      }
      return taken;
    },
  };
}
