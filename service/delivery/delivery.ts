import type { DependenciesHealth, DependencyHealth } from '../contract/health.ts';
import type { OutboxReader } from '../contract/outbox.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { DeadLetters } from '../store/dead-letters.ts';
import { numberOrNaN } from '../store/failure.ts';
import {
  createDeadLetterQueue,
  type DeadLetterContent,
  type DeadLetterQueue,
} from './dead-letter-queue.ts';
import { createPump, type Pump, type PumpOptions } from './pump.ts';
import type { PumpStatus } from './pump-status.ts';

/** The deliveries of one room of destinations, by the names of their cursors. */
export type Deliveries = {
  readonly deadLetterQueues: Readonly<Record<string, DeadLetterQueue>>;
  start(): void;
  health(): DependenciesHealth;
  statuses(): Readonly<Record<string, DeliveryStatus>>;
  /** Delivers for at most `drainMs`; resolves with the number of records left for the next start. */
  stop(drainMs: number): Promise<number>;
};

/** One outbox to one destination: the pump, its dead letters, its gauges and its health. */
export type Delivery = Pick<Pump, 'start' | 'stop'> & {
  readonly deadLetters: DeadLetterQueue;
  health(): DependencyHealth;
  /** Throws `StoreUnavailable`. */
  status(): DeliveryStatus;
};

export type DeliveryStatus = PumpStatus & { readonly deadLetters: number };

type DeliveryOptions<T> = Omit<PumpOptions<T>, 'reader' | 'random' | keyof Runtime> & {
  /** Log to read from, with a cursor that is named like the destination. */
  readonly outbox: {
    reader(name: string): OutboxReader<T>;
    readonly letters: DeadLetters<T>;
  };
  /** Longest time for sending dead letters again. */
  readonly timeoutMs: number;
  readonly toContent: (record: T) => DeadLetterContent;
};

export function createDelivery<T>(options: DeliveryOptions<T>, runtime: Runtime): Delivery {
  const { destination, outbox } = options;
  const reader = outbox.reader(destination);
  const pump = createPump({ ...options, ...runtime, reader, random: Math.random });
  const deadLetters = createDeadLetterQueue({
    ...options,
    letters: outbox.letters,
    reader: destination,
  });
  const { metrics } = runtime;
  metrics.mirror('deliveryBehind', (gauge) => gauge.set({ destination }, pump.status().behind));
  metrics.mirror('deadLetters', (gauge) =>
    gauge.set({ destination }, numberOrNaN(deadLetters.count)),
  );
  return {
    deadLetters,
    start: () => pump.start(),
    stop: (drainMs) => pump.stop(drainMs),
    health: () => pumpHealth(pump.status()),
    status: () => ({ ...pump.status(), deadLetters: deadLetters.count() }),
  };
}

function pumpHealth(pump: PumpStatus): DependencyHealth {
  const { state, since, lastSuccess, lastFailure, inFlight, behind } = pump;
  return {
    status: state === 'outage' ? 'down' : 'up',
    state,
    since: isoTime(since),
    lastSuccess: isoTime(lastSuccess),
    lastFailure: lastFailure && { ...lastFailure, at: isoTime(lastFailure.at) },
    inFlight,
    behind,
  };
}
