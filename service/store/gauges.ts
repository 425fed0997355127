import type { Runtime } from '../runtime/runtime.ts';
import { numberOrNaN } from './failure.ts';
import type { Store } from './store.ts';

/** Sets the gauges of the store at each scrape. */
export function mirrorStore(store: Store, maxRecords: number, { clock, metrics }: Runtime): void {
  const { heartbeats } = store;
  const labels = { stream: 'heartbeats' };
  const ageSeconds = () => {
    const oldestAtMs = heartbeats.oldestAtMs();
    return oldestAtMs === undefined ? 0 : Math.max(0, clock.now() - oldestAtMs) / 1_000;
  };
  metrics.mirror('outboxRecords', (gauge) => gauge.set(labels, heartbeats.depth()));
  metrics.mirror('outboxLimit', (gauge) => gauge.set(maxRecords));
  metrics.mirror('outboxAgeSeconds', (gauge) => gauge.set(labels, numberOrNaN(ageSeconds)));
  metrics.mirror('diskFreeBytes', (gauge) => gauge.set(store.freeBytes() ?? Number.NaN));
}
