import { setTimeout as delay } from 'node:timers/promises';
import { machineCpuSeconds } from './process-stats.ts';

/** Above this share of one core the rest of the machine spoils a measurement. */
export const disturbing = 0.15;

const windowSeconds = 0.5;

/** Waits until the machine was idle for half a second, but no longer than `patienceSeconds`. */
export async function untilQuiet(patienceSeconds: number): Promise<void> {
  const giveUpMs = performance.now() + patienceSeconds * 1000;
  while (performance.now() < giveUpMs) {
    const before = machineCpuSeconds();
    await delay(windowSeconds * 1000);
    if ((machineCpuSeconds() - before) / windowSeconds < disturbing) return;
  }
}
