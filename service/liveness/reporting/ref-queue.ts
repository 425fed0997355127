import type { Ref } from '../../registry/registry.ts';

/**
 * A line of refs, each in it at most once. Made for a million that join within seconds: plain
 * arrays by place and by ref, where a Set would halt everything each time that it grows.
 */
export type RefQueue = {
  readonly size: number;
  /** Does nothing when it stands in the line already. */
  add(ref: Ref): void;
  remove(ref: Ref): void;
  /** Takes out the first. */
  take(): Ref | undefined;
  /** Some of those that wait, from the front. */
  first(limit: number): Ref[];
};

export function createRefQueue(): RefQueue {
  /** Who has left in between still has a place, but is not marked as waiting. */
  let places = new Int32Array(1_024);
  let head = 0;
  let tail = 0;
  let isWaiting = new Uint8Array(1_024);
  let size = 0;

  function makeRoom(): void {
    if (tail < places.length) return;
    const moved = head >= places.length / 2 ? places : new Int32Array(2 * places.length);
    moved.set(places.subarray(head, tail));
    places = moved;
    tail -= head;
    head = 0;
  }

  function makeColumnFor(ref: Ref): void {
    if (ref < isWaiting.length) return;
    const longer = new Uint8Array(Math.max(ref + 1, 2 * isWaiting.length));
    longer.set(isWaiting);
    isWaiting = longer;
  }

  function leave(ref: Ref): boolean {
    if (isWaiting[ref] !== 1) return false;
    isWaiting[ref] = 0;
    size--;
    return true;
  }

  return {
    get size() {
      return size;
    },
    add(ref) {
      makeColumnFor(ref);
      if (isWaiting[ref] === 1) return;
      isWaiting[ref] = 1;
      size++;
      makeRoom();
      places[tail++] = ref;
    },
    remove: (ref) => void leave(ref),
    take() {
      while (head < tail) {
        const ref = places[head++] ?? 0;
        if (leave(ref)) return ref;
      }
      return undefined;
    },
    first(limit) {
      const found = new Set<Ref>();
      for (let place = head; place < tail && found.size < limit; place++) {
        const ref = places[place] ?? 0;
        if (isWaiting[ref] === 1) found.add(ref);
      }
      return [...found];
    },
  };
}
