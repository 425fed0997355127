import type { RawRoute } from './lane.ts';

/** Decides when a rawRoute sends. */
export type Loop = {
  /** The rawRoute is free: at the start, and after each answer. */
  free(rawRoute: RawRoute): void;
  stop(): void;
  /** Requests that are due and not yet sent. */
  unsent(): number;
};

/** Each rawRoute sends again at once. */
export function closedLoop(): Loop {
  return { free: (rawRoute) => rawRoute.send(performance.now()), stop() {}, unsent: () => 0 };
}

/** As the closed loop, but sends `requests` in all and calls `done` when all are answered. */
export function countLoop(requests: number, rawRoutes: number, done: () => void): Loop {
  let freed = 0;
  return {
    free(rawRoute) {
      freed += 1;
      if (freed <= requests) rawRoute.send(performance.now());
      // The first `rawRoutes` calls are not answers but starts.
      if (freed === requests + rawRoutes) done();
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
  const idle: RawRoute[] = [];
  let dueMs = Number.POSITIVE_INFINITY;
  let stopped = false;

  const spin = () => {
    const now = performance.now();
    while (dueMs <= now) {
      const rawRoute = idle.pop();
      if (!rawRoute) break;
      rawRoute.send(dueMs);
      dueMs += 1000 / ratePerSecond;
    }
    if (!stopped) setImmediate(spin);
  };
  setImmediate(spin);

  return {
    free(rawRoute) {
      // The first rawRoute that is free starts the schedule.
      if (dueMs === Number.POSITIVE_INFINITY) dueMs = performance.now();
      idle.push(rawRoute);
    },
    stop() {
      stopped = true;
    },
    unsent: () => Math.max(0, Math.floor(((performance.now() - dueMs) * ratePerSecond) / 1000)),
  };
}
