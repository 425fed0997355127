import type { Sender } from './sender.ts';

/** Decides when a sender sends. */
export type Loop = {
  /** Takes a sender that can send: at the start, and after each response. */
  ready(sender: Sender): void;
  stop(): void;
  /** Number of requests that are due and not yet sent. */
  unsent(): number;
};

/** Each sender sends again at once. */
export function closedLoop(): Loop {
  return { ready: (sender) => sender.send(performance.now()), stop() {}, unsent: () => 0 };
}

/** A closed loop that sends `requests` in all and calls `done` after the last response. */
export function countLoop(requests: number, senders: number, done: () => void): Loop {
  let calls = 0;
  return {
    ready(sender) {
      calls += 1;
      if (calls <= requests) sender.send(performance.now());
      // The first `senders` calls are starts, not responses.
      if (calls === requests + senders) done();
    },
    stop() {},
    unsent: () => Math.max(0, requests - calls),
  };
}

/**
 * Requests are due at fixed times, whatever the server does, and latency counts from the time a
 * request was due. The loop spins, because the millisecond of a timer would count as latency of
 * the server.
 */
export function openLoop(ratePerSecond: number): Loop {
  const idle: Sender[] = [];
  let dueMs = Number.POSITIVE_INFINITY;
  let stopped = false;

  const spin = () => {
    const now = performance.now();
    while (dueMs <= now) {
      const sender = idle.pop();
      if (!sender) break;
      sender.send(dueMs);
      dueMs += 1000 / ratePerSecond;
    }
    if (!stopped) setImmediate(spin);
  };
  setImmediate(spin);

  return {
    ready(sender) {
      // The first sender starts the schedule.
      if (dueMs === Number.POSITIVE_INFINITY) dueMs = performance.now();
      idle.push(sender);
    },
    stop() {
      stopped = true;
    },
    unsent: () => Math.max(0, Math.floor(((performance.now() - dueMs) * ratePerSecond) / 1000)),
  };
}
