import type { Ref } from '../../registry/registry.ts';

export type FlappingSettings = { readonly changes: number; readonly seconds: number };

/**
 * Who changes its state more than so many times in a time is flapping, until there was no change
 * for that time. Times are logical milliseconds.
 */
export type Flapping = {
  /** Counts a change: does flapping begin with it, go on, or neither? */
  change(ref: Ref, nowMs: number): 'begins' | 'goes-on' | 'calm';
  has(ref: Ref): boolean;
  /** Takes out those that have become calm. */
  takeCalm(nowMs: number): Ref[];
  /** It was flapping before our start. */
  restore(ref: Ref, nowMs: number): void;
  forget(ref: Ref): void;
  readonly size: number;
};

/**
 * Changes are remembered of so many instances at most, twice: of those that changed since the last
 * turn of generations, and of those before. When more than these change in the time, it is not one
 * instance that flaps. (One map in the order of the last change would do, but finding the oldest
 * of a map from which much was deleted takes time in proportion to its size.)
 */
const mostInGeneration = 25_000;

export function createFlapping({ changes, seconds }: FlappingSettings): Flapping {
  const windowMs = seconds * 1_000;
  let young = new Map<Ref, readonly number[]>();
  let old = new Map<Ref, readonly number[]>();
  /** When each changed last; in the order of that. */
  const flapping = new Map<Ref, number>();

  function remember(ref: Ref, times: readonly number[]): void {
    young.set(ref, times);
    if (young.size < mostInGeneration) return;
    old = young;
    young = new Map();
  }

  function forget(ref: Ref): void {
    young.delete(ref);
    old.delete(ref);
  }

  function setLast(ref: Ref, nowMs: number): void {
    flapping.delete(ref);
    flapping.set(ref, nowMs);
  }

  return {
    change(ref, nowMs) {
      if (flapping.has(ref)) {
        setLast(ref, nowMs);
        return 'goes-on';
      }
      const before = young.get(ref) ?? old.get(ref) ?? [];
      const times = [...within(before, nowMs - windowMs), nowMs];
      if (times.length <= changes) {
        remember(ref, times);
        return 'calm';
      }
      forget(ref);
      setLast(ref, nowMs);
      return 'begins';
    },
    has: (ref) => flapping.has(ref),
    takeCalm(nowMs) {
      const calm: Ref[] = [];
      for (const [ref, changedMs] of flapping) {
        if (nowMs - changedMs < windowMs) break;
        calm.push(ref);
        flapping.delete(ref);
      }
      return calm;
    },
    restore: (ref, nowMs) => setLast(ref, nowMs),
    forget(ref) {
      forget(ref);
      flapping.delete(ref);
    },
    get size() {
      return flapping.size;
    },
  };
}

const within = (times: readonly number[], afterMs: number) => times.filter((ms) => ms > afterMs);
