import { groupInstances, type InstanceGroup } from '../period/groups.ts';
import type { PresenceColumns, PresenceSet } from '../period/presence-columns.ts';
import type { ActiveQuery } from '../period/query.ts';
import { sortOrder } from './sort-order.ts';

/** Upper bound for the rows of a result. */
export const maxResultRows = 50_000;

/** Counts in columns, with one element for each row. */
export type ActiveCounts = {
  readonly kind: 'counts';
  readonly groups: readonly InstanceGroup[];
  /** Rows in the order of the result: by step, then by group. */
  readonly order: Uint32Array;
  /** Indexes of the step and of the group. */
  readonly step: Uint32Array;
  readonly group: Uint32Array;
  /** Distinct instances that were active in the step. */
  readonly active: Int32Array;
  /** Maximum of instances that were active at the same time. */
  readonly max: Uint32Array;
  /** Presences that began in the step, and presences that ended in it. */
  readonly started: Uint32Array;
  readonly ended: Uint32Array;
};

export type TooManyRows = { readonly kind: 'too-many'; readonly groups: number };

/**
 * Counts active instances by step and group. The presences have to be in the period; presences of
 * one instance do not touch each other.
 *
 * Steps are half-open, presences closed: a presence is in each step that contains a time between its
 * first and its last heartbeat. An instance counts once in a step, however many presences it has
 * there. Two presences overlap if one time belongs to both.
 *
 * Rows are made in spans: consecutive steps of one group, all of them or, without zeros, a run of
 * steps with an active instance. So all presences of a span precede those of the next one, both in
 * the order in which they begin and in the order in which they end.
 */
export function countActive(query: ActiveQuery, set: PresenceSet): ActiveCounts | TooManyRows {
  const { presences, instances } = set;
  const { steps, hasZeros } = query;
  const { groups, groupOf } = groupInstances(instances, query.by);
  // Before the presences are sorted and counted, which is most of the work.
  if (hasZeros && groups.length * steps.length > maxResultRows) {
    return { kind: 'too-many', groups: groups.length };
  }
  const groupAt = (presence = 0) => groupOf[presences.instance[presence] ?? 0] ?? 0;
  const fromOrder = sortOrder(presences.fromMs, presences.length);
  const toOrder = sortOrder(presences.toMs, presences.length);
  const firstStep = stepsOf(fromOrder, presences.fromMs, steps);
  const lastStep = stepsOf(toOrder, presences.toMs, steps);
  const byFrom = sortedBy(groupAt, fromOrder);
  const byTo = sortedBy(groupAt, toOrder);
  const counter = createCounter(query, set, firstStep, lastStep);

  for (let group = 0, begin = 0; group < groups.length; group++) {
    const isOfGroup = (at: number) => at < byFrom.length && groupAt(byFrom[at]) === group;
    while (hasZeros || isOfGroup(begin)) {
      let end = begin;
      const first = hasZeros ? 0 : (firstStep[byFrom[begin] ?? 0] ?? 0);
      let last = hasZeros ? steps.length - 1 : first;
      while (isOfGroup(end) && (firstStep[byFrom[end] ?? 0] ?? 0) <= last + 1) {
        last = Math.max(last, lastStep[byFrom[end++] ?? 0] ?? 0);
      }
      const span = { group, first, last };
      if (!counter.add(span, byFrom.subarray(begin, end), byTo.subarray(begin, end))) {
        return { kind: 'too-many', groups: groups.length };
      }
      begin = end;
      if (hasZeros) break;
    }
  }
  return { kind: 'counts', groups, ...counter.columns(groups.length) };
}

/** Step of each time; the first or the last one for a time outside of the period. */
function stepsOf(order: Uint32Array, times: Float64Array, steps: ArrayLike<number>): Uint32Array {
  const found = new Uint32Array(order.length);
  let step = 0;
  for (const presence of order) {
    const time = times[presence] ?? 0;
    while (step + 1 < steps.length && (steps[step + 1] ?? 0) <= time) step += 1;
    found[presence] = step;
  }
  return found;
}

/** The same presences by group; within a group they keep their order. */
function sortedBy(groupAt: (presence: number) => number, order: Uint32Array): Uint32Array {
  const groups = new Float64Array(order.length);
  for (let at = 0; at < order.length; at++) groups[at] = groupAt(order[at] ?? 0);
  const byGroup = sortOrder(groups, order.length);
  return byGroup.map((at) => order[at] ?? 0);
}

/** Steps of the two ends of each presence, and the presences of a span in the order of their ends. */
type PresenceEnds = {
  readonly firstStep: Uint32Array;
  readonly lastStep: Uint32Array;
  readonly byFrom: Uint32Array;
  readonly byTo: Uint32Array;
};

type RowSpan = { readonly group: number; readonly first: number; readonly last: number };

function createCounter(
  { steps, toMs, nowMs }: ActiveQuery,
  { presences, instances }: PresenceSet,
  firstStep: Uint32Array,
  lastStep: Uint32Array,
) {
  const room = maxResultRows + 1;
  const [step, group] = [new Uint32Array(room), new Uint32Array(room)];
  const [started, ended] = [new Uint32Array(room), new Uint32Array(room)];
  const [active, max] = [new Int32Array(room), new Uint32Array(room)];
  /** Last step in which each instance is already counted. */
  const counted = new Int32Array(instances.length).fill(-1);
  let rows = 0;

  /** A presence has ended if no heartbeat from now on can continue it. */
  function countEnds(presence: number, offset: number): void {
    if ((presences.fromMs[presence] ?? 0) >= (steps[0] ?? 0)) {
      increase(started, offset + (firstStep[presence] ?? 0), 1);
    }
    if ((presences.toMs[presence] ?? 0) < toMs && (presences.reachMs[presence] ?? 0) < nowMs) {
      increase(ended, offset + (lastStep[presence] ?? 0), 1);
    }
  }

  /** Writes differences to the step before: a presence of any length adds two of them. */
  function countInstance(presence: number, offset: number, last: number): void {
    const instance = presences.instance[presence] ?? 0;
    const from = Math.max(firstStep[presence] ?? 0, (counted[instance] ?? 0) + 1);
    const to = lastStep[presence] ?? 0;
    if (from > to) return;
    counted[instance] = to;
    increase(active, offset + from, 1);
    if (to < last) increase(active, offset + to + 1, -1);
  }

  return {
    /** Counts the presences of a span; returns false if there are too many rows. */
    add(span: RowSpan, byFrom: Uint32Array, byTo: Uint32Array): boolean {
      const { first, last } = span;
      const offset = rows - first;
      rows += last - first + 1;
      if (rows > maxResultRows) return false;
      for (const presence of byFrom) {
        countEnds(presence, offset);
        countInstance(presence, offset, last);
      }
      countMax(presences, { firstStep, lastStep, byFrom, byTo }, max, { offset, first });
      for (let at = first; at <= last; at++) {
        step[offset + at] = at;
        group[offset + at] = span.group;
        if (at > first) increase(active, offset + at, active[offset + at - 1] ?? 0);
      }
      return true;
    },
    columns(groups: number) {
      const keys = new Float64Array(rows);
      for (let row = 0; row < rows; row++)
        keys[row] = (step[row] ?? 0) * groups + (group[row] ?? 0);
      return { order: sortOrder(keys, rows), step, group, active, max, started, ended };
    },
  };
}

/**
 * Writes the maximum of each step of a span to its row. At the same time beginnings come before
 * ends: both heartbeats belong to their presences.
 */
function countMax(
  { fromMs, toMs }: PresenceColumns,
  { firstStep, lastStep, byFrom, byTo }: PresenceEnds,
  max: Uint32Array,
  { offset, first }: { readonly offset: number; readonly first: number },
): void {
  let [begun, current, carried] = [0, 0, first];
  const carry = (to: number) => {
    for (; carried <= to; carried++) max[offset + carried] = current;
  };
  for (const ending of byTo) {
    for (const endMs = toMs[ending] ?? 0; begun < byFrom.length; begun++) {
      const beginning = byFrom[begun] ?? 0;
      if ((fromMs[beginning] ?? 0) > endMs) break;
      const step = firstStep[beginning] ?? 0;
      carry(step);
      current += 1;
      max[offset + step] = Math.max(max[offset + step] ?? 0, current);
    }
    carry(lastStep[ending] ?? 0);
    current -= 1;
  }
}

function increase(counts: Int32Array | Uint32Array, at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}
