/**
 * Long looks through memory or disk are cut into pieces, and all of them together get one piece a
 * turn of the event loop: however many ask for however much, heartbeats wait for one piece at most.
 */
export type Slicer = {
  /** Runs the piece when its turn has come; in the order of the calls. */
  take<T>(piece: () => T): Promise<T>;
};

export function createSlicer(): Slicer {
  const waiting: (() => void)[] = [];
  let isScheduled = false;

  function next(): void {
    waiting.shift()?.();
    isScheduled = waiting.length > 0;
    if (isScheduled) setImmediate(next);
  }

  return {
    take: (piece) =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            resolve(piece());
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
