import type { DependenciesHealth, DependencyHealth } from '../contract/health.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { Health } from '../http/routes/health.ts';
import { packageVersion } from '../runtime/version.ts';
import type { Store } from '../store/store.ts';

/** What the parts of the service say of themselves, put together for `/health`. */
export function createHealth(parts: {
  store: Store;
  maxRecords: number;
  startedAtMs: number;
  /** Why silence is not being looked for as it should. */
  stalled: () => string | undefined;
  dependencies: () => DependenciesHealth;
}): Health {
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
  // What cannot be read can be written all the same, but not delivered.
  const failure = store.failure() ?? store.readFailure();
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
