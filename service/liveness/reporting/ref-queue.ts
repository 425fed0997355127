import type { Ref } from '../../registry/registry.ts';
import { withRoom } from '../../runtime/collections/growing-array.ts';

/**
 * A queue of refs, each in it at most once. Made for a million that join within seconds: plain
 * arrays by place and by ref, where a Set would halt everything each time it grows.
 */
export class RefQueue {
  /** A ref that was removed keeps its place, and is not marked as waiting. */
  #places = new Int32Array(1_024);
  #head = 0;
  #tail = 0;
  #isWaiting = new Uint8Array(1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Does nothing when the ref is in the queue already. */
  add(ref: Ref): void {
    this.#isWaiting = withRoom(Uint8Array, this.#isWaiting, ref + 1);
    if (this.#isWaiting[ref] === 1) return;
    this.#isWaiting[ref] = 1;
    this.#size++;
    if (this.#tail === this.#places.length) this.#makeRoom();
    this.#places[this.#tail++] = ref;
  }

  /** Says whether the ref was in the queue. */
  remove(ref: Ref): boolean {
    if (this.#isWaiting[ref] !== 1) return false;
    this.#isWaiting[ref] = 0;
    this.#size--;
    return true;
  }

  /** Removes the first and returns it. */
  take(): Ref | undefined {
    while (this.#head < this.#tail) {
      const ref = this.#places[this.#head++] ?? 0;
      if (this.remove(ref)) return ref;
    }
    return undefined;
  }

  /** Some of the refs, from the front. */
  first(limit: number): Ref[] {
    const found = new Set<Ref>();
    for (let place = this.#head; place < this.#tail && found.size < limit; place++) {
      const ref = this.#places[place] ?? 0;
      if (this.#isWaiting[ref] === 1) found.add(ref);
    }
    return [...found];
  }

  #makeRoom(): void {
    const { length } = this.#places;
    const waiting = this.#places.subarray(this.#head, this.#tail);
    if (this.#head >= length / 2) this.#places.set(waiting);
    else {
      const longer = new Int32Array(2 * length);
      longer.set(waiting);
      this.#places = longer;
    }
    this.#tail -= this.#head;
    this.#head = 0;
  }
}
