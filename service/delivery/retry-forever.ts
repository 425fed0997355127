import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { type Backoff, fullJitter, type Random } from './backoff.ts';

type Options = {
  /** Name of the action for the log: "reading the outbox". */
  readonly what: string;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/**
 * Repeats an action on our own store until it succeeds: a full disk recovers, and must not end the
 * pump. The log has one line for the first failure and one for the success after it. Resolves with
 * undefined when the action failed and `signal` is aborted.
 */
export async function retryForever<R>(
  action: () => R | Promise<R>,
  { what, backoff, clock, random, log, signal }: Options,
): Promise<R | undefined> {
  for (let failures = 0; ; failures += 1) {
    try {
      const result = await action();
      if (failures > 0) log.info({ failures }, `${what} works again`);
      return result;
    } catch (error) {
      if (failures === 0) log.error({ error }, `${what} fails: retrying`);
      if (signal.aborted) return undefined;
      await clock.sleep(fullJitter(backoff, failures, random), signal);
    }
  }
}
