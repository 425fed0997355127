/**
 * Cooperative slices: long work in memory or on disk is cut into slices, and all such work together
 * gets one slice in each turn of the event loop. A heartbeat waits for one slice at most, however
 * many queries are open.
 */
export type Slicer = {
  /** Runs the slice after all that were scheduled before it. */
  run<T>(slice: () => T): Promise<T>;
};

/** With `budgetMs`, a turn has as many slices as begin within that time, and at least one. */
export function createSlicer(budgetMs = 0): Slicer {
  const waiting: (() => void)[] = [];
  let isScheduled = false;

  function next(): void {
    const endMs = performance.now() + budgetMs;
    do waiting.shift()?.();
    while (waiting.length > 0 && performance.now() < endMs);
    isScheduled = waiting.length > 0;
    if (isScheduled) setImmediate(next);
  }

  return {
    run: (slice) =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            resolve(slice());
          } catch (error) {
            reject(error);
          }
        });
        if (isScheduled) return;
        isScheduled = true;
        setImmediate(next);
      }),
  };
}
