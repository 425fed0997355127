import type { Outcome, Retry } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Backoff, type Random, retryWait } from './backoff.ts';
import type { Verdict } from './split.ts';

export type Outage = {
  /** Of the clock that never goes backwards. */
  readonly beganAtMs: number;
  readonly reason: Retry['reason'];
  readonly detail: string;
  /** Attempts that failed, those included that were under way when it began. */
  attempts: number;
};

/** Asks until there is a verdict; resolves with nothing when the gate's `signal` aborts before. */
export type Flight = (attempt: () => Promise<Outcome>) => Promise<Verdict | undefined>;

export type OutageGate = {
  readonly outage: Outage | undefined;
  /** One batch under way: its attempts, one after the other. */
  openFlight(): Flight;
};

type Options = {
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  readonly onBegin: (outage: Outage) => void;
  readonly onEnd: (outage: Outage) => void;
};

/**
 * What all batches in flight to one destination know together: whether it fails.
 *
 * The flight that fails first is the probe: it alone goes on asking, with a back-off that grows
 * with its own failures, and its first verdict (a refusal is one: somebody answered) ends the
 * outage. The other flights, when what they had under way fails too, wait for that. So an outage
 * costs one call at a time, and the back-off does not grow the faster the more batches were in
 * flight. When any of them was told a `Retry-After`, the probe waits for it.
 *
 * An attempt that started before the last outage ended and fails after it says nothing about now:
 * that flight backs off alone, and no new outage begins.
 */
export function createOutageGate(options: Options): OutageGate {
  const { backoff, clock, random, signal, onBegin, onEnd } = options;
  type Current = Outage & {
    probe: Flight;
    probeFailures: number;
    notBeforeMs: number;
    over: PromiseWithResolvers<void>;
  };
  let current: Current | undefined;
  let outagesEnded = 0;
  signal.addEventListener('abort', () => current?.over.resolve());

  const begin = (probe: Flight, { reason, detail }: Retry): Current => {
    const beganAtMs = clock.monotonic();
    const over = Promise.withResolvers<void>();
    const begun = { beganAtMs, reason, detail, attempts: 0, probe, probeFailures: 0 };
    current = { ...begun, notBeforeMs: beganAtMs, over };
    onBegin(current);
    return current;
  };

  const end = (ended: Current): void => {
    current = undefined;
    outagesEnded += 1;
    onEnd(ended);
    ended.over.resolve();
  };

  const untilProbeIsDue = async (outage: Current): Promise<void> => {
    // At least one sleep for each failure, however short: a flight never spins. More than one only
    // when another flight has been told a later time in between.
    do {
      await clock.sleep(outage.notBeforeMs - clock.monotonic(), signal);
    } while (clock.monotonic() < outage.notBeforeMs && !signal.aborted);
  };

  const untilWorthTrying = (flight: Flight, failure: Retry, isStale: boolean): Promise<void> => {
    if (!current && isStale) {
      return clock.sleep(retryWait(backoff, 0, failure.afterMs, random), signal);
    }
    const outage = current ?? begin(flight, failure);
    const waitMs = retryWait(backoff, outage.probeFailures, failure.afterMs, random);
    outage.attempts += 1;
    if (outage.probe === flight) outage.probeFailures += 1;
    if (outage.probe === flight || failure.afterMs !== undefined) {
      outage.notBeforeMs = Math.max(outage.notBeforeMs, clock.monotonic() + waitMs);
    }
    return outage.probe === flight ? untilProbeIsDue(outage) : outage.over.promise;
  };

  const openFlight = (): Flight => {
    const flight: Flight = async (attempt) => {
      while (!signal.aborted) {
        const endedBefore = outagesEnded;
        const outcome = await attempt();
        if (outcome.kind !== 'retry') {
          if (current?.probe === flight) end(current);
          return outcome;
        }
        if (signal.aborted) break;
        await untilWorthTrying(flight, outcome, outagesEnded > endedBefore);
      }
      return undefined;
    };
    return flight;
  };

  return {
    get outage() {
      return current;
    },
    openFlight,
  };
}
