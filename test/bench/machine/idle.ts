import { setTimeout as delay } from 'node:timers/promises';
import { machineCpuSeconds } from './process-stats.ts';

/** Share of one core above which other processes distort a measurement. */
export const disturbanceThreshold = 0.15;

const windowSeconds = 0.5;

/** Waits until the machine is idle for half a second, at most `timeoutSeconds`. */
export async function waitUntilIdle(timeoutSeconds: number): Promise<void> {
  const timeoutAtMs = performance.now() + timeoutSeconds * 1000;
  while (performance.now() < timeoutAtMs) {
    const before = machineCpuSeconds();
    await delay(windowSeconds * 1000);
    if ((machineCpuSeconds() - before) / windowSeconds < disturbanceThreshold) return;
  }
}
