import { setTimeout as delay } from 'node:timers/promises';

const checkEveryMs = 100;

/** Waits for a condition; false if it does not become true in time. Rejects when it is aborted. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const startedAtMs = performance.now(); ; ) {
    if (await isTrue()) return true;
    if (performance.now() - startedAtMs >= withinMs) return false;
    await delay(checkEveryMs, undefined, signal && { signal });
  }
}
