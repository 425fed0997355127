/** Keeps the smallest `count` of many items in bounded memory: sorted now and then, and cut. */
export function createSmallest<T>(count: number, compare: (one: T, other: T) => number) {
  let kept: T[] = [];
  /** At least `count` items are not greater than this one. */
  let bound: { item: T } | undefined;

  function cut(): void {
    kept = kept.sort(compare).slice(0, count);
    const last = kept[count - 1];
    if (last !== undefined) bound = { item: last };
  }

  return {
    offer(item: T): void {
      if (bound && compare(item, bound.item) > 0) return;
      kept.push(item);
      if (kept.length >= 4 * count) cut();
    },
    sorted(): readonly T[] {
      cut();
      return kept;
    },
  };
}
