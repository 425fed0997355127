import type { DependencyHealth } from '../contract/health.ts';
import type { PumpStatus } from '../delivery/pump.ts';
import type { Health } from '../http/routes/health.ts';
import type { KeystoneStatus } from '../monasca/keystone.ts';
import { packageVersion } from '../runtime/version.ts';
import type { Store } from '../store/store.ts';

/** What the parts of the service say of themselves, put together for `/health`. */
export function createHealth(parts: {
  store: Store;
  maxRecords: number;
  startedAtMs: number;
  /** Why silence is not being looked for as it should. */
  stalled: () => string | undefined;
  dependencies: () => Readonly<Record<string, DependencyHealth>>;
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
    lastSuccess: iso(lastSuccessAtMs),
    lastFailure: lastFailure && {
      at: iso(lastFailure.atMs),
      reason: lastFailure.reason,
      detail: lastFailure.detail,
    },
    outbox: { records: store.heartbeats.depth(), limit },
    freeBytes: store.freeBytes(),
  };
}

export function pumpHealth(pump: PumpStatus): DependencyHealth {
  const { state, since, lastSuccess, lastFailure, inFlight, behind } = pump;
  return {
    status: state === 'outage' ? 'down' : 'up',
    state,
    since: iso(since),
    lastSuccess: iso(lastSuccess),
    lastFailure: lastFailure && { ...lastFailure, at: iso(lastFailure.at) },
    inFlight,
    behind,
  };
}

export function loginHealth(keystone: KeystoneStatus): DependencyHealth {
  const { lastSuccessAtMs, lastErrorAtMs, lastError, isFailing, expiresAtMs } = keystone;
  return {
    status: isFailing ? 'down' : 'up',
    lastSuccess: iso(lastSuccessAtMs),
    lastFailure:
      lastError === undefined ? undefined : { at: iso(lastErrorAtMs), detail: lastError },
    tokenExpires: iso(expiresAtMs),
  };
}

export const iso = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString();
