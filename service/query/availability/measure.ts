import type { Identity } from '../../contract/instance.ts';
import { createGlob } from '../../contract/values/glob.ts';
import { timeOrder } from '../active/time-order.ts';
import type { PresenceColumns } from '../period/columns.ts';
import { type Group, groupsOf } from '../period/groups.ts';
import type { AskedAvailability, LeastRule } from './asked.ts';

/** How much of a period one component, or one instance, was there. Times are milliseconds. */
export type Measured = Group & {
  /** From here to `untilMs` it is measured: from the beginning, or from when it was first seen. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Time in which enough instances were active. */
  readonly availableMs: number;
  /** Unbroken times in which they were not, the one that lasts until the end included. */
  readonly outages: number;
  readonly longestOutageMs: number;
  /** The last heartbeat in the period. */
  readonly lastMs: number;
};

/** Whether a component, or an instance of it, was there before the period. */
export type WasThere = (group: Group) => boolean;

/**
 * An instance is there from the first to the last heartbeat of a presence; one that the next
 * heartbeat may still continue is there until now.
 */
export function measure(
  asked: AskedAvailability,
  presences: PresenceColumns,
  instances: readonly Identity[],
  wasThere: WasThere,
): Measured[] {
  const { groups, groupOf } = groupsOf(
    instances,
    asked.by === 'component' ? ['name', 'version'] : ['name', 'version', 'instance'],
  );
  const untilMs = Math.min(asked.toMs, asked.nowMs);
  const ends = endsOf(presences, asked.nowMs);
  const byFrom = timeOrder(presences.fromMs, presences.length);
  const byTo = timeOrder(ends, presences.length);
  const tallies: Tally[] = [];
  const tallyOf = (place: number): Tally => {
    const group = groupOf[presences.instance[place] ?? 0] ?? 0;
    const known = tallies[group];
    if (known) return known;
    const one = groups[group] ?? {};
    const first = presences.fromMs[place] ?? 0;
    const sinceMs = first <= asked.fromMs || wasThere(one) ? asked.fromMs : first;
    tallies[group] = createTally(one, sinceMs, untilMs, leastOf(asked.least, one));
    return tallies[group];
  };

  // At the same moment beginnings come before ends: then there is no gap between two presences.
  let begun = 0;
  for (let at = 0; at < byTo.length; at++) {
    const ending = byTo[at] ?? 0;
    const endMs = ends[ending] ?? 0;
    for (; begun < byFrom.length; begun++) {
      const place = byFrom[begun] ?? 0;
      const fromMs = presences.fromMs[place] ?? 0;
      if (fromMs > endMs) break;
      tallyOf(place).begin(fromMs);
    }
    tallyOf(ending).end(endMs, presences.toMs[ending] ?? 0);
  }
  return tallies.map((tally) => tally.result());
}

function endsOf({ length, toMs, reachMs }: PresenceColumns, nowMs: number): Float64Array {
  const ends = toMs.slice(0, length);
  for (let at = 0; at < length; at++) {
    if ((reachMs[at] ?? 0) >= nowMs) ends[at] = Math.max(nowMs, ends[at] ?? 0);
  }
  return ends;
}

function leastOf(rules: readonly LeastRule[], { name = '', version = '' }: Group): number {
  const rule = rules.find((one) => createGlob(one.name)(name) && createGlob(one.version)(version));
  return rule?.minInstances ?? 1;
}

type Tally = {
  begin(ms: number): void;
  end(ms: number, lastMs: number): void;
  result(): Measured;
};

function createTally(group: Group, sinceMs: number, untilMs: number, least: number): Tally {
  let active = 0;
  let [availableMs, outages, longestOutageMs, last] = [0, 0, 0, 0];
  /** Since when there are enough, or too few. */
  let changedMs = sinceMs;

  const clipped = (ms: number) => Math.min(untilMs, Math.max(sinceMs, ms));

  function change(ms: number, wasEnough: boolean): void {
    const lastedMs = clipped(ms) - changedMs;
    changedMs = clipped(ms);
    if (wasEnough) availableMs += lastedMs;
    else if (lastedMs > 0) {
      outages += 1;
      longestOutageMs = Math.max(longestOutageMs, lastedMs);
    }
  }

  return {
    begin(ms) {
      active += 1;
      if (active === least) change(ms, false);
    },
    end(ms, lastMs) {
      if (active === least) change(ms, true);
      active -= 1;
      last = Math.max(last, Math.min(lastMs, untilMs));
    },
    result() {
      if (changedMs < untilMs) change(untilMs, active >= least);
      return {
        ...{ ...group, sinceMs, untilMs, availableMs, outages, longestOutageMs },
        lastMs: last,
      };
    },
  };
}
