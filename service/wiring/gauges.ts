import type { Pump } from '../delivery/pump.ts';
import type { DeadLetterQueue } from '../http/routes/dead-letters.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { Store } from '../store/store.ts';

/** Gauges that show, at each scrape, how things stand in the store. */
export function mirrorStore(store: Store, maxRecords: number, { clock, metrics }: Runtime): void {
  const { heartbeats } = store;
  const labels = { stream: 'heartbeats' };
  metrics.mirror('outboxRecords', (gauge) => gauge.set(labels, heartbeats.depth()));
  metrics.mirror('outboxLimit', (gauge) => gauge.set(maxRecords));
  metrics.mirror('outboxAgeSeconds', (gauge) => {
    const ageSeconds = () => {
      const oldestAtMs = heartbeats.oldestAtMs();
      return oldestAtMs === undefined ? 0 : Math.max(0, clock.now() - oldestAtMs) / 1_000;
    };
    gauge.set(labels, orUnknown(ageSeconds));
  });
  metrics.mirror('diskFreeBytes', (gauge) => gauge.set(store.freeBytes() ?? Number.NaN));
}

/** What waits for a destination, and what it refused. */
export function mirrorDestination(
  parts: { destination: string; pump: Pump; deadLetters: Pick<DeadLetterQueue, 'count'> },
  { metrics }: Runtime,
): void {
  const { destination, pump, deadLetters } = parts;
  metrics.mirror('deliveryBehind', (gauge) => gauge.set({ destination }, pump.status().behind));
  metrics.mirror('deadLetters', (gauge) =>
    gauge.set({ destination }, orUnknown(deadLetters.count)),
  );
}

/** A number from the file, or NaN while that cannot be read: all other metrics count the more then. */
export function orUnknown(read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreUnavailable) return Number.NaN;
    throw error;
  }
}
