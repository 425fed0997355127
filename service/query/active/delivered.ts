import type { Identity } from '../../contract/instance.ts';
import type { MeasuredResult } from '../../contract/openstack/measured.ts';
import type { Presence } from '../../contract/presence.ts';
import { coalesce } from '../../ledger/cover.ts';
import { createPresenceColumns, type PresenceSet } from '../period/presence-columns.ts';
import type { Period } from '../period/query.ts';

/** Heartbeats that were read back from Monasca. */
export type DeliveredHeartbeats = Pick<Extract<MeasuredResult, { kind: 'beats' }>, 'widthMs'> & {
  readonly instances: readonly (Identity & {
    readonly timesMs: readonly number[];
    /** Time without a heartbeat after which the instance is down. */
    readonly downMs: number;
  })[];
};

/**
 * Presences of delivered heartbeats, by the arithmetic of the ledger: each heartbeat covers the time
 * until its instance would be down, and covers that touch are one presence. Several heartbeats in a
 * step count once, and an instance with an interval longer than the step counts in each step.
 */
export function deliveredPresences(
  period: Period,
  { widthMs, instances }: DeliveredHeartbeats,
): PresenceSet {
  const found = createPresenceColumns();
  for (const [place, { timesMs, downMs }] of instances.entries()) {
    const covers = timesMs.map((timeMs) => coverOf(timeMs, widthMs, downMs, period));
    for (const { fromMs, toMs, reachMs } of coalesce(covers)) {
      if (fromMs >= period.toMs || toMs < period.fromMs) continue;
      found.push(place, fromMs, toMs, reachMs);
    }
  }
  return { presences: found.columns(), instances };
}

/** Of a span with a heartbeat, the whole part in the period counts. */
function coverOf(timeMs: number, widthMs: number, downMs: number, period: Period): Presence {
  if (widthMs === 0) return { fromMs: timeMs, toMs: timeMs, reachMs: timeMs + Math.ceil(downMs) };
  const fromMs = Math.max(timeMs, period.fromMs);
  const toMs = Math.min(timeMs + widthMs, period.toMs) - 1;
  return { fromMs, toMs, reachMs: toMs + Math.ceil(downMs) };
}
