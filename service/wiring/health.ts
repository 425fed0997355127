import type { DependencyHealth } from '../contract/health.ts';
import type { PumpStatus } from '../delivery/pump.ts';
import type { KeystoneStatus } from '../monasca/keystone.ts';

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
