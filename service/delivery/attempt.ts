import { type Destination, type Outcome, retry, wasDelivered } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

type Labels = Record<string, string>;
type Count = { inc(labels: Labels, by?: number): void };

/** The metrics of a pump, which the service's registry has. */
export type DeliveryMetrics = {
  readonly deliverySeconds: { observe(labels: Labels, seconds: number): void };
  readonly deliveredBatches: Count;
  readonly deliveredRecords: Count;
  readonly deliveryFailures: Count;
  readonly rejectedBatches: Count;
  readonly deliveryUp: { set(labels: Labels, value: number): void };
};

type Options<T> = {
  readonly destination: string;
  readonly deliver: Destination<T>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DeliveryMetrics;
};

/**
 * Calls the destination once: timed, counted, and never with an exception. A throw is a bug of ours;
 * the records may still be good, so it is logged and counts as an unexpected response.
 */
export function createAttempt<T>(options: Options<T>): Destination<T> {
  const { destination, deliver, clock, log, metrics } = options;

  const call: Destination<T> = async (records, signal) => {
    try {
      return await deliver(records, signal);
    } catch (error) {
      if (signal.aborted) return retry('aborted', 'the delivery was aborted');
      log.error({ error, records: records.length }, 'bug: the destination threw');
      return retry('unexpected-answer', error instanceof Error ? error.message : String(error));
    }
  };

  return async (records, signal) => {
    const startedAt = clock.monotonic();
    const outcome = await call(records, signal);
    if (outcome.kind === 'delivered' && !wasDelivered(outcome)) return outcome;
    metrics.deliverySeconds.observe({ destination }, (clock.monotonic() - startedAt) / 1_000);
    count(metrics, destination, records.length, outcome);
    return outcome;
  };
}

function count(
  metrics: DeliveryMetrics,
  destination: string,
  records: number,
  outcome: Outcome,
): void {
  switch (outcome.kind) {
    case 'delivered':
      metrics.deliveredBatches.inc({ destination });
      metrics.deliveredRecords.inc({ destination }, outcome.records ?? records);
      return;
    case 'retry':
      metrics.deliveryFailures.inc({ destination, reason: outcome.reason });
      return;
    case 'rejected':
      metrics.rejectedBatches.inc({ destination });
      return;
  }
}
