import { type Identity, identityKey } from '../contract/instance.ts';
import { createRateLimiter } from './rate-limit.ts';
import { readTimes } from './saved-state.ts';

/**
 * Number of new instances that each caller may send, so that one emitter with a faulty instance id
 * cannot fill the registry.
 *
 * The state is one number a caller. The quota refills within the time after which absent instances
 * are retired: so a caller never has more than twice its quota of instances that no longer send, and
 * a fleet that is redeployed now and then never exhausts it.
 */
export type InstanceQuota = {
  /** Returns whether `caller`, with a quota of `max`, may send a heartbeat of this instance. */
  allows(caller: string, instance: Identity, max: number): boolean;
  /** State to be saved across restarts. */
  text(): string;
};

/** Setting in which the quotas in use are saved. */
export const instanceQuotaKey = 'access.instances';

/** Callers, which are those of the configuration. */
const maxCallers = 100_000;
/** Instances that were allowed and that the registry does not know yet. */
const maxRecent = 20_000;

export function createInstanceQuota(options: {
  isKnown: (instance: Identity) => boolean;
  refillMs: number;
  now: () => number;
  saved: string | undefined;
}): InstanceQuota {
  const { isKnown, refillMs, now, saved } = options;
  const limiter = createRateLimiter(maxCallers);
  for (const [caller, time] of Object.entries(readTimes(saved))) limiter.restore(caller, time);
  let recent = new Set<string>();
  let lessRecent = new Set<string>();

  return {
    allows(caller, instance, max) {
      if (isKnown(instance)) return true;
      const key = identityKey(instance);
      if (recent.has(key) || lessRecent.has(key)) return true;
      if (limiter.take(caller, { intervalMs: refillMs / max, burst: max }, now()) > 0) return false;
      if (recent.size >= maxRecent) [recent, lessRecent] = [new Set(), recent];
      recent.add(key);
      return true;
    },
    text() {
      const nowMs = now();
      return JSON.stringify(
        Object.fromEntries([...limiter.entries()].filter(([, time]) => time > nowMs)),
      );
    },
  };
}
