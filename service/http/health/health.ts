import type { DependenciesHealth, DependencyHealth } from '../../contract/health.ts';
import { isoTime } from '../../contract/values/iso-time.ts';
import { packageVersion } from '../../runtime/package.ts';
import type { Store } from '../../store/store.ts';

/** State of the service, for `/health` and the probes. */
export type ServiceHealth = {
  /** Returns why no heartbeat can be accepted now; undefined while they can. */
  notReady(): string | undefined;
  dependencies(): DependenciesHealth;
  readonly startedAtMs: number;
  readonly version: string;
};

export function createServiceHealth(parts: {
  store: Store;
  maxRecords: number;
  startedAtMs: number;
  /** Returns why liveness is not being evaluated; undefined while it is. */
  stalled: () => string | undefined;
  dependencies: () => DependenciesHealth;
}): ServiceHealth {
  const { store, maxRecords, startedAtMs, dependencies, stalled } = parts;
  return {
    startedAtMs,
    version: packageVersion(),
    notReady() {
      const failure = store.failure();
      if (failure) return `nothing can be stored: ${failure.detail}`;
      if (store.heartbeats.depth() >= maxRecords) return 'the outbox is full';
      return stalled();
    },
    dependencies: () => ({ store: storeHealth(store, maxRecords), ...dependencies() }),
  };
}

function storeHealth(store: Store, limit: number): DependencyHealth {
  const { lastSuccessAtMs, lastFailure } = store.history();
  // A store that cannot be read can still be written, but not delivered from; and one that cannot
  // store events can still store heartbeats.
  const failure = store.failure() ?? store.readFailure() ?? store.derivedFailure();
  return {
    status: failure ? 'down' : 'up',
    ...failure,
    lastSuccess: isoTime(lastSuccessAtMs),
    lastFailure: lastFailure && {
      at: isoTime(lastFailure.atMs),
      reason: lastFailure.reason,
      detail: lastFailure.detail,
    },
    outbox: { records: store.heartbeats.depth(), limit },
    freeBytes: store.freeBytes(),
  };
}
