import type { Clock } from '../../runtime/clock.ts';

/**
 * Runs work every `everyMs`, for the first time after `firstMs`, until the signal aborts. It does not
 * drift: the times are fixed from the start, however long the work takes. Times that it missed,
 * because the work or the machine was slow, are left out.
 */
export async function repeat(
  { everyMs, firstMs, clock, signal }: RepeatOptions,
  work: () => Promise<void>,
): Promise<void> {
  let dueAtMs = clock.monotonic() + firstMs;
  while (!signal.aborted) {
    await clock.sleep(Math.max(0, dueAtMs - clock.monotonic()), signal);
    if (signal.aborted) return;
    await work();
    const lateMs = Math.max(0, clock.monotonic() - dueAtMs);
    dueAtMs += everyMs * (Math.floor(lateMs / everyMs) + 1);
  }
}

export type RepeatOptions = {
  readonly everyMs: number;
  readonly firstMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
};

/** Time in which the first checks after a start or a reload are made. */
const maxSpreadMs = 10_000;

/**
 * Time of the first run, which spreads the work of many: always the same for a key. It is within the
 * first ten seconds, so that a start is soon followed by heartbeats.
 */
export function phaseMs(key: string, everyMs: number): number {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % Math.min(everyMs, maxSpreadMs);
}
