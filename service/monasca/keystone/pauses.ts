import { type Retry, retry } from '../../contract/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LoginFailure } from './login.ts';

export type KeystonePolicy = {
  /** Pause after the first refused login; it doubles with each further one, up to `max`. */
  readonly refusedPauseMs: { readonly first: number; readonly max: number };
  /** Pause before another attempt to refresh a token, likewise. */
  readonly refreshPauseMs: { readonly first: number; readonly max: number };
};

export const keystonePolicy: KeystonePolicy = {
  refusedPauseMs: { first: 60_000, max: 900_000 },
  refreshPauseMs: { first: 1_000, max: 30_000 },
};

/** Pauses between requests to Keystone after failed logins. */
export function createPauses(clock: Clock, policy: KeystonePolicy) {
  let refusals = 0;
  let failures = 0;
  let refusal: { outcome: Retry; until: number } | undefined;
  let refreshFrom = 0;

  const pauseOf = ({ cause, outcome }: LoginFailure): number | undefined => {
    switch (cause) {
      case 'refused':
        return doubled(policy.refusedPauseMs, refusals++);
      case 'misconfigured':
        return policy.refusedPauseMs.first;
      case 'unavailable':
        return outcome.afterMs;
    }
  };

  return {
    /** Notes a failure; returns it with the pause that it requires of all callers, if any. */
    after(failure: LoginFailure): Retry {
      const pauseMs = pauseOf(failure);
      const { reason, detail } = failure.outcome;
      const now = clock.monotonic();
      refreshFrom = now + Math.max(pauseMs ?? 0, doubled(policy.refreshPauseMs, failures++));
      refusal = undefined;
      if (pauseMs === undefined) return failure.outcome;
      refusal = { outcome: failure.outcome, until: now + pauseMs };
      return retry(reason, detail, pauseMs);
    },
    /** The last failure, during its pause. */
    refusal(): Retry | undefined {
      const remainingMs = refusal ? refusal.until - clock.monotonic() : 0;
      if (!refusal || remainingMs <= 0) return undefined;
      return retry(refusal.outcome.reason, refusal.outcome.detail, Math.ceil(remainingMs));
    },
    /** Whether it is too early for another attempt to refresh the token. */
    isEarlyToRefresh: () => clock.monotonic() < refreshFrom,
    clear() {
      refusals = 0;
      failures = 0;
      refusal = undefined;
      refreshFrom = 0;
    },
  };
}

function doubled({ first, max }: { first: number; max: number }, times: number): number {
  return Math.min(first * 2 ** times, max);
}
