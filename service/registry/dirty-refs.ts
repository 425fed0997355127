import { longerBytes, longerIntegers, roomFor } from './columns.ts';

/** Which refs changed since they were last written: a mark each, and a list of the marked ones. */
export type DirtyRefs = {
  readonly count: number;
  /** To be called before a ref is used that is greater than all before. */
  fit(refs: number): void;
  has(ref: number): boolean;
  add(ref: number): void;
  remove(ref: number): void;
  /** Takes out up to `limit` of them. */
  take(limit: number): number[];
};

export function createDirtyRefs(): DirtyRefs {
  let marks = new Uint8Array(0);
  /** Holds every marked ref; one whose mark is gone stays in it until it is met. */
  let listed = new Uint32Array(0);
  let length = 0;
  let count = 0;

  return {
    get count() {
      return count;
    },
    fit(refs) {
      if (refs > marks.length) marks = longerBytes(marks, roomFor(refs, marks.length));
    },
    has: (ref) => marks[ref] === 1,
    add(ref) {
      if (marks[ref] === 1) return;
      marks[ref] = 1;
      count++;
      if (length === listed.length) {
        listed = longerIntegers(listed, roomFor(length + 1, listed.length));
      }
      listed[length++] = ref;
    },
    remove(ref) {
      if (marks[ref] !== 1) return;
      marks[ref] = 0;
      count--;
    },
    take(limit) {
      const taken: number[] = [];
      while (taken.length < limit && count > 0) {
        const ref = listed[--length] ?? 0;
        if (marks[ref] !== 1) continue;
        marks[ref] = 0;
        count--;
        taken.push(ref);
      }
      if (count === 0) length = 0;
      return taken;
    },
  };
}
