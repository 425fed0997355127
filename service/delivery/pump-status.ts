import { defined } from '../contract/defined.ts';
import type { Retry, RetryReason } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { DeliveryMetrics } from './attempt.ts';
import type { Outage } from './outage.ts';

/** All times are epoch milliseconds. */
export type PumpStatus = {
  /** `idle`: no record waits. */
  readonly state: 'idle' | 'delivering' | 'outage';
  readonly since: number;
  /** Time when the destination last took records. */
  readonly lastSuccess?: number;
  readonly lastFailure?: {
    readonly at: number;
    readonly reason: RetryReason;
    readonly detail: string;
  };
  /** Batches under way. */
  readonly inFlight: number;
  readonly cursor: number;
  /** Records on disk that the cursor has not passed. */
  readonly behind: number;
};

type StateOptions = {
  readonly destination: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DeliveryMetrics;
  readonly behind: () => number;
};

/** State of one delivery, for `/health`; it logs and sets the gauge when an outage begins or ends. */
export class DeliveryState {
  readonly #options: StateOptions;
  #state: PumpStatus['state'] = 'idle';
  #since: number;
  #isOutage = false;
  #lastSuccess: number | undefined;
  #lastFailure: PumpStatus['lastFailure'];

  constructor(options: StateOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** To be called when the number of records behind the cursor may have become 0, or more. */
  update(): void {
    const working = this.#options.behind() === 0 ? 'idle' : 'delivering';
    const state = this.#isOutage ? 'outage' : working;
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#options.clock.now();
  }

  noteSuccess(): void {
    this.#lastSuccess = this.#options.clock.now();
  }

  noteFailure({ reason, detail }: Retry): void {
    this.#lastFailure = { at: this.#options.clock.now(), reason, detail };
  }

  setUp(isUp: boolean): void {
    const { metrics, destination } = this.#options;
    metrics.deliveryUp.set({ destination }, isUp ? 1 : 0);
    this.#isOutage = !isUp;
    this.update();
  }

  outageBegan({ reason, detail }: Outage): void {
    const { log, behind } = this.#options;
    log.warn({ reason, detail, behind: behind() }, 'delivery fails: records wait');
    this.setUp(false);
  }

  outageEnded({ beganAtMs, attempts }: Outage): void {
    const { log, clock, behind } = this.#options;
    const durationMs = Math.round(clock.monotonic() - beganAtMs);
    log.info({ durationMs, attempts, behind: behind() }, 'delivery works again');
    this.setUp(true);
  }

  status(): Pick<PumpStatus, 'state' | 'since' | 'lastSuccess' | 'lastFailure'> {
    this.update();
    return {
      state: this.#state,
      since: this.#since,
      ...defined({ lastSuccess: this.#lastSuccess, lastFailure: this.#lastFailure }),
    };
  }
}
