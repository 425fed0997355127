import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition; false if it does not hold in time. Rejects when `signal` aborts. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const startedAtMs = performance.now(); ; ) {
    if (await isTrue()) return true;
    if (performance.now() - startedAtMs >= withinMs) return false;
    await delay(100, undefined, signal && { signal });
  }
}
