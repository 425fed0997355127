import type { RelayConfig } from '../config/sections/relays/relays.ts';
import { defined } from '../contract/defined.ts';
import type { RelayResponse } from '../contract/relays/relay.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { Bypass } from './bypass.ts';
import { type ConditionFact, type Gate, isFresh, type SourceFact } from './gate.ts';

type RelayState = {
  readonly config: RelayConfig;
  readonly nowMs: number;
  readonly sources: readonly SourceFact[];
  readonly conditions: readonly ConditionFact[];
  readonly gate: Gate;
  /** Wall clock. */
  readonly sinceMs: number;
  readonly bypass: Bypass | undefined;
  readonly lastEmittedAtMs: number | undefined;
  readonly lastError: string | undefined;
};

/** The state of a relay as the API returns it. */
export function toRelayResponse(state: RelayState): RelayResponse {
  const { config, gate, bypass, conditions, lastEmittedAtMs, lastError } = state;
  const { name, mode, interval, cutoff, target } = config;
  return {
    name,
    mode,
    state: gate.isOpen ? 'open' : 'closed',
    since: isoTime(state.sinceMs),
    reasons: [...gate.reasons],
    missing: [...gate.missing],
    ...(bypass === undefined ? {} : { bypass: toBypass(bypass) }),
    sources: config.sources.map((source, index) => {
      const fact = state.sources[index];
      return {
        name: source.name,
        version: source.version,
        instance: source.instance,
        critical: source.critical,
        withinSeconds: source.within,
        fresh: fact !== undefined && isFresh(fact, state.nowMs),
        ...defined({ oldest: fact && toOldest(fact, state.nowMs) }),
      };
    }),
    conditions: conditions.map(({ name, state, detail }) => ({
      name,
      state,
      ...defined({ detail }),
    })),
    target: target.type,
    lastEmitted: isoTime(lastEmittedAtMs) ?? null,
    lastError: lastError ?? null,
    ...(mode === 'steady' ? { intervalSeconds: interval } : { cutoffSeconds: cutoff }),
  };
}

const toBypass = ({ fromMs, untilMs, by, reason }: Bypass) => ({
  from: isoTime(fromMs),
  until: isoTime(untilMs),
  by,
  reason,
});

function toOldest({ oldest }: SourceFact, nowMs: number) {
  if (oldest === undefined) return undefined;
  const { identity, heardMs } = oldest;
  const ageSeconds = heardMs === undefined ? null : Math.round(nowMs - heardMs) / 1_000;
  return { ...identity, ageSeconds };
}
