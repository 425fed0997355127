import { sortOrder } from '../active/sort-order.ts';
import { componentMatcher } from '../identity-globs.ts';
import { groupInstances, type InstanceGroup } from '../period/groups.ts';
import type { PresenceColumns, PresenceSet } from '../period/presence-columns.ts';
import type { AvailabilityQuery, MinInstancesRule } from '../period/query.ts';

/** Availability of a component or an instance in a period. */
export type Availability = InstanceGroup & {
  /** The measured part of the period begins with it, or with the first heartbeat of all. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Time in which enough instances were active. */
  readonly availableMs: number;
  /** Unbroken times in which too few instances were active, one at the end included. */
  readonly outages: number;
  readonly longestOutageMs: number;
  /** Time of the last heartbeat in the period. */
  readonly lastMs: number;
};

/** Returns whether a component or an instance was active before the period. */
type WasActiveBefore = (group: InstanceGroup) => boolean;

/**
 * An instance is available from the first to the last heartbeat of a presence, and until now if the
 * next heartbeat may still continue the presence.
 */
export function measureAvailability(
  query: AvailabilityQuery,
  { presences, instances }: PresenceSet,
  wasActiveBefore: WasActiveBefore,
): Availability[] {
  const { groups, groupOf } = groupInstances(instances, query.by);
  const untilMs = Math.min(query.toMs, query.nowMs);
  const ends = endsOf(presences, query.nowMs);
  const byFrom = sortOrder(presences.fromMs, presences.length);
  const byTo = sortOrder(ends, presences.length);
  const meters: ReturnType<typeof createMeter>[] = [];
  const meterOf = (presence: number) => {
    const index = groupOf[presences.instance[presence] ?? 0] ?? 0;
    const group = groups[index] ?? {};
    const first = presences.fromMs[presence] ?? 0;
    const isOlder = () => first <= query.fromMs || wasActiveBefore(group);
    meters[index] ??= createMeter(group, {
      sinceMs: isOlder() ? query.fromMs : first,
      untilMs,
      minInstances: minInstancesOf(query.rules, group),
    });
    return meters[index];
  };

  // At the same time beginnings come before ends: then there is no gap between two presences.
  let begun = 0;
  for (const ending of byTo) {
    const endMs = ends[ending] ?? 0;
    for (; begun < byFrom.length; begun++) {
      const beginning = byFrom[begun] ?? 0;
      const fromMs = presences.fromMs[beginning] ?? 0;
      if (fromMs > endMs) break;
      meterOf(beginning).begin(fromMs);
    }
    meterOf(ending).end(endMs, presences.toMs[ending] ?? 0);
  }
  return meters.map((meter) => meter.result());
}

function endsOf({ length, toMs, reachMs }: PresenceColumns, nowMs: number): Float64Array {
  const ends = toMs.slice(0, length);
  for (let at = 0; at < length; at++) {
    if ((reachMs[at] ?? 0) >= nowMs) ends[at] = Math.max(nowMs, ends[at] ?? 0);
  }
  return ends;
}

function minInstancesOf(rules: readonly MinInstancesRule[], group: InstanceGroup): number {
  const { name = '', version = '' } = group;
  return rules.find((rule) => componentMatcher(rule)({ name, version }))?.minInstances ?? 1;
}

function createMeter(
  group: InstanceGroup,
  { sinceMs, untilMs, minInstances }: { sinceMs: number; untilMs: number; minInstances: number },
) {
  let active = 0;
  let [availableMs, outages, longestOutageMs, lastMs] = [0, 0, 0, 0];
  /** Last change between enough and too few active instances. */
  let changedMs = sinceMs;

  function change(ms: number, wasAvailable: boolean): void {
    const clippedMs = Math.min(untilMs, Math.max(sinceMs, ms));
    const lastedMs = clippedMs - changedMs;
    changedMs = clippedMs;
    if (wasAvailable) availableMs += lastedMs;
    else if (lastedMs > 0) {
      outages += 1;
      longestOutageMs = Math.max(longestOutageMs, lastedMs);
    }
  }

  return {
    begin(ms: number): void {
      active += 1;
      if (active === minInstances) change(ms, false);
    },
    end(ms: number, lastBeatMs: number): void {
      if (active === minInstances) change(ms, true);
      active -= 1;
      lastMs = Math.max(lastMs, Math.min(lastBeatMs, untilMs));
    },
    result(): Availability {
      if (changedMs < untilMs) change(untilMs, active >= minInstances);
      return { ...group, sinceMs, untilMs, availableMs, outages, longestOutageMs, lastMs };
    },
  };
}
