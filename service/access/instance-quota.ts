import { z } from 'zod';
import type { Identity } from '../contract/instance.ts';
import { identityKey } from '../contract/instance.ts';
import { createPaces } from './rate-limit.ts';

/**
 * How many instances that nobody knew before a name may bring, so that one emitter with a wrong
 * idea of its identity cannot fill the registry.
 *
 * What is counted is one number a name, which fills up again within the time after which silent
 * instances are forgotten: so a name never has more than twice its quota of instances that do not
 * beat any more, and a fleet that is redeployed now and then never runs out.
 */
export type InstanceQuota = {
  /** Whether `name`, that may bring `max` new instances, may send a heartbeat of this one. */
  allows(name: string, instance: Identity, max: number): boolean;
  /** What is to be kept from one start to the next. */
  text(): string;
};

export const instanceQuotaKey = 'access.instances';

const savedSchema = z.record(z.string(), z.number());

/** Names are those of the configuration. */
const maxNames = 100_000;
/** An instance that was let in is known a moment later; until then it is remembered here. */
const maxRecent = 20_000;

export function createInstanceQuota(options: {
  isKnown: (instance: Identity) => boolean;
  refillMs: number;
  now: () => number;
  saved: string | undefined;
}): InstanceQuota {
  const { isKnown, refillMs, now, saved } = options;
  const paces = createPaces(maxNames);
  const before = saved === undefined ? {} : savedSchema.parse(JSON.parse(saved));
  for (const [name, time] of Object.entries(before)) paces.restore(name, time);
  let recent = new Set<string>();
  let lessRecent = new Set<string>();

  return {
    allows(name, instance, max) {
      if (isKnown(instance)) return true;
      const key = identityKey(instance);
      if (recent.has(key) || lessRecent.has(key)) return true;
      if (paces.take(name, { intervalMs: refillMs / max, burst: max }, now()) > 0) return false;
      if (recent.size >= maxRecent) [recent, lessRecent] = [new Set(), recent];
      recent.add(key);
      return true;
    },
    text() {
      const nowMs = now();
      return JSON.stringify(
        Object.fromEntries([...paces.entries()].filter(([, time]) => time > nowMs)),
      );
    },
  };
}
