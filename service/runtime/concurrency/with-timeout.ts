import type { Clock } from '../clock.ts';

/** Resolves when the work has ended or `ms` are over. */
export async function withTimeout(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(ms, done.signal)]);
  done.abort();
}
