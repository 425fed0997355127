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
 * Changes are remembered for so many instances at most, the latest. When more than these change
 * in the time it is not one instance that flaps.
 */
const mostRemembered = 50_000;

export function createFlapping({ changes, seconds }: FlappingSettings): Flapping {
  const windowMs = seconds * 1_000;
  /** Both in the order of the last change. */
  const recent = new Map<Ref, readonly number[]>();
  const flapping = new Map<Ref, number>();

  const moveToEnd = <V>(map: Map<Ref, V>, ref: Ref, value: V) => {
    map.delete(ref);
    map.set(ref, value);
  };

  return {
    change(ref, nowMs) {
      if (flapping.has(ref)) {
        moveToEnd(flapping, ref, nowMs);
        return 'goes-on';
      }
      const times = [...within(recent.get(ref) ?? [], nowMs - windowMs), nowMs];
      if (times.length > changes) {
        recent.delete(ref);
        flapping.set(ref, nowMs);
        return 'begins';
      }
      moveToEnd(recent, ref, times);
      const [oldest] = recent.keys();
      if (recent.size > mostRemembered && oldest !== undefined) recent.delete(oldest);
      return 'calm';
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
    restore: (ref, nowMs) => void flapping.set(ref, nowMs),
    forget(ref) {
      recent.delete(ref);
      flapping.delete(ref);
    },
    get size() {
      return flapping.size;
    },
  };
}

const within = (times: readonly number[], afterMs: number) => times.filter((ms) => ms > afterMs);
