import type { Clock } from '../runtime/clock.ts';

/** Resolves when the work is done, or `ms` are over. */
export async function withTimeout(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const enough = new AbortController();
  await Promise.race([work, clock.sleep(ms, enough.signal)]);
  enough.abort();
}
