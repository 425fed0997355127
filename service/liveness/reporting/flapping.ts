import type { Ref } from '../../registry/registry.ts';

/**
 * Most instances in a generation. Changes are remembered of two generations: the instances that
 * changed since generations were last exchanged, and those before them. When more than these change
 * in the window, it is not one instance that flaps. (One map in the order of the last change would
 * do, but to find the oldest entry of a map from which many were deleted takes time in proportion to
 * its size.)
 */
const maxGeneration = 25_000;

/**
 * Recognizes flapping: an instance changes its state more than `changes` times in `seconds`. It ends
 * when there was no change for as long. Times are logical milliseconds.
 */
export class Flapping {
  readonly #changes: number;
  readonly #windowMs: number;
  #young = new Map<Ref, readonly number[]>();
  #old = new Map<Ref, readonly number[]>();
  /** The last change of each instance that is flapping, in their order. */
  readonly #flapping = new Map<Ref, number>();

  constructor({ changes, seconds }: { readonly changes: number; readonly seconds: number }) {
    this.#changes = changes;
    this.#windowMs = seconds * 1_000;
  }

  get size(): number {
    return this.#flapping.size;
  }

  /** Counts a change of state, and says whether flapping begins with it or continues. */
  change(ref: Ref, nowMs: number): 'no' | 'begins' | 'continues' {
    if (this.#flapping.has(ref)) {
      this.restore(ref, nowMs);
      return 'continues';
    }
    const before = this.#young.get(ref) ?? this.#old.get(ref) ?? [];
    const times = [...before.filter((ms) => ms > nowMs - this.#windowMs), nowMs];
    if (times.length <= this.#changes) {
      this.#remember(ref, times);
      return 'no';
    }
    this.forget(ref);
    this.restore(ref, nowMs);
    return 'begins';
  }

  /** Removes the instances that are calm, and returns them. */
  takeCalm(nowMs: number): Ref[] {
    const calm: Ref[] = [];
    for (const [ref, changedMs] of this.#flapping) {
      if (nowMs - changedMs < this.#windowMs) break;
      calm.push(ref);
      this.#flapping.delete(ref);
    }
    return calm;
  }

  /** The instance is flapping, and changed its state at `nowMs` at the latest. */
  restore(ref: Ref, nowMs: number): void {
    this.#flapping.delete(ref);
    this.#flapping.set(ref, nowMs);
  }

  forget(ref: Ref): void {
    this.#young.delete(ref);
    this.#old.delete(ref);
    this.#flapping.delete(ref);
  }

  #remember(ref: Ref, times: readonly number[]): void {
    this.#young.set(ref, times);
    if (this.#young.size < maxGeneration) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
