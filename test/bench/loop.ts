import type { Lane } from './lane.ts';

/** Decides when a lane sends. */
export type Loop = {
  /** The lane is free: at the start, and after each answer. */
  free(lane: Lane): void;
  stop(): void;
  /** Requests that are due and not yet sent. */
  unsent(): number;
};

/** Each lane sends again at once. */
export function closedLoop(): Loop {
  return { free: (lane) => lane.send(performance.now()), stop() {}, unsent: () => 0 };
}

/** As the closed loop, but sends `requests` in all and calls `done` when all are answered. */
export function countLoop(requests: number, lanes: number, done: () => void): Loop {
  let freed = 0;
  return {
    free(lane) {
      freed += 1;
      if (freed <= requests) lane.send(performance.now());
      // The first `lanes` calls are not answers but starts.
      if (freed === requests + lanes) done();
    },
    stop() {},
    unsent: () => Math.max(0, requests - freed),
  };
}

/**
 * Requests are due at fixed times whatever the server does. It spins instead of using timers,
 * whose millisecond would be seen as latency of the server.
 */
export function openLoop(ratePerSecond: number): Loop {
  const idle: Lane[] = [];
  let dueMs = Number.POSITIVE_INFINITY;
  let stopped = false;

  const spin = () => {
    const now = performance.now();
    while (dueMs <= now) {
      const lane = idle.pop();
      if (!lane) break;
      lane.send(dueMs);
      dueMs += 1000 / ratePerSecond;
    }
    if (!stopped) setImmediate(spin);
  };
  setImmediate(spin);

  return {
    free(lane) {
      // The first lane that is free starts the schedule.
      if (dueMs === Number.POSITIVE_INFINITY) dueMs = performance.now();
      idle.push(lane);
    },
    stop() {
      stopped = true;
    },
    unsent: () => Math.max(0, Math.floor(((performance.now() - dueMs) * ratePerSecond) / 1000)),
  };
}
