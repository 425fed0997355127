import type { Outcome, Retry } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Backoff, type Random, retryWait } from './backoff.ts';
import type { FinalOutcome } from './split.ts';

export type Outage = {
  /** Monotonic time. */
  readonly beganAtMs: number;
  readonly reason: Retry['reason'];
  readonly detail: string;
  /** Failed attempts, including the ones under way when the outage began. */
  attempts: number;
};

/** Repeats an attempt until its outcome is final; undefined when the gate's `signal` aborts. */
type Flight = (attempt: () => Promise<Outcome>) => Promise<FinalOutcome | undefined>;

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

type CurrentOutage = Outage & {
  readonly probe: Flight;
  probeFailures: number;
  notBeforeMs: number;
  readonly over: PromiseWithResolvers<void>;
};

/**
 * The knowledge of all batches in flight to one destination: whether it fails.
 *
 * The flight that fails first is the probe: it alone goes on trying, with a back-off that grows
 * with its own failures, and its first final outcome (also a rejection, which is a response) ends
 * the outage. The other flights wait for that when the attempt that they had under way fails. So an
 * outage costs one call at a time, and its back-off does not depend on the number of batches in
 * flight. A `Retry-After` that any of them receives holds for the probe.
 *
 * An attempt that started before the last outage ended and fails after it says nothing about now:
 * that flight backs off alone, and no new outage begins.
 */
export const createOutageGate = (options: Options): OutageGate => new Gate(options);

class Gate implements OutageGate {
  readonly #options: Options;
  #current: CurrentOutage | undefined;
  #outagesEnded = 0;

  constructor(options: Options) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#current?.over.resolve());
  }

  get outage(): Outage | undefined {
    return this.#current;
  }

  openFlight(): Flight {
    const { signal } = this.#options;
    const flight: Flight = async (attempt) => {
      while (!signal.aborted) {
        const endedBefore = this.#outagesEnded;
        const outcome = await attempt();
        if (outcome.kind !== 'retry') {
          if (this.#current?.probe === flight) this.#end(this.#current);
          return outcome;
        }
        if (signal.aborted) break;
        await this.#untilWorthTrying(flight, outcome, this.#outagesEnded > endedBefore);
      }
      return undefined;
    };
    return flight;
  }

  #begin(probe: Flight, { reason, detail }: Retry): CurrentOutage {
    const beganAtMs = this.#options.clock.monotonic();
    const over = Promise.withResolvers<void>();
    const begun = { beganAtMs, reason, detail, attempts: 0, probe, probeFailures: 0 };
    this.#current = { ...begun, notBeforeMs: beganAtMs, over };
    this.#options.onBegin(this.#current);
    return this.#current;
  }

  #end(ended: CurrentOutage): void {
    this.#current = undefined;
    this.#outagesEnded += 1;
    this.#options.onEnd(ended);
    ended.over.resolve();
  }

  #untilWorthTrying(flight: Flight, { afterMs, ...failure }: Retry, isStale: boolean) {
    const { backoff, random, clock, signal } = this.#options;
    if (!this.#current && isStale) {
      return clock.sleep(retryWait(backoff, 0, afterMs, random), signal);
    }
    const outage = this.#current ?? this.#begin(flight, failure);
    const waitMs = retryWait(backoff, outage.probeFailures, afterMs, random);
    outage.attempts += 1;
    if (outage.probe === flight) outage.probeFailures += 1;
    if (outage.probe === flight || afterMs !== undefined) {
      outage.notBeforeMs = Math.max(outage.notBeforeMs, clock.monotonic() + waitMs);
    }
    return outage.probe === flight ? this.#untilProbeIsDue(outage) : outage.over.promise;
  }

  async #untilProbeIsDue(outage: CurrentOutage): Promise<void> {
    const { clock, signal } = this.#options;
    // At least one sleep for each failure, however short: a flight never spins. More than one only
    // when another flight has received a later time in between.
    do {
      await clock.sleep(outage.notBeforeMs - clock.monotonic(), signal);
    } while (clock.monotonic() < outage.notBeforeMs && !signal.aborted);
  }
}
