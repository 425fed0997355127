import { groupInstances, type InstanceGroup } from '../period/groups.ts';
import type { PresenceColumns, PresenceSet } from '../period/presence-columns.ts';
import { type ActiveQuery, maxResultRows } from './query.ts';
import { createRowSpans, type RowSpans, rowOrder } from './row-spans.ts';
import { sortOrder } from './sort-order.ts';

/** Counts of all rows, in the order of the result: by step, then by group. */
export type ActiveCounts = {
  readonly kind: 'counts';
  readonly groups: readonly InstanceGroup[];
  readonly length: number;
  /** Indexes of the step and the group of each row. */
  readonly step: Uint32Array;
  readonly group: Uint32Array;
  /** Distinct instances that were active in the step. */
  readonly active: Uint32Array;
  /** Maximum of instances that were active at the same time. */
  readonly max: Uint32Array;
  /** Presences that began in the step, and presences that ended in it. */
  readonly started: Uint32Array;
  readonly ended: Uint32Array;
};

export type TooManyRows = { readonly kind: 'too-many'; readonly groups: number };

/** Presences in the order of their two ends, and the steps that contain these. */
type PresenceEnds = {
  readonly byFrom: Uint32Array;
  readonly byTo: Uint32Array;
  readonly firstStep: Uint32Array;
  readonly lastStep: Uint32Array;
};

/**
 * Counts active instances for all steps and groups in one run over the ends of presences, which have
 * to be in the period; presences of one instance do not touch each other.
 *
 * Steps are half-open, presences closed: a presence is in each step that contains a time between its
 * first and its last heartbeat. An instance counts once in a step, however many presences it has
 * there. Two presences overlap if one time belongs to both.
 */
export function countActive(
  query: ActiveQuery,
  { presences, instances }: PresenceSet,
): ActiveCounts | TooManyRows {
  const { steps, hasZeros } = query;
  const { groups, groupOf } = groupInstances(instances, query.by);
  const byFrom = sortOrder(presences.fromMs, presences.length);
  const byTo = sortOrder(presences.toMs, presences.length);
  const ends: PresenceEnds = {
    byFrom,
    byTo,
    firstStep: stepsOf(byFrom, presences.fromMs, steps),
    lastStep: stepsOf(byTo, presences.toMs, steps),
  };
  const grouped = {
    ...ends,
    groupOf: (presence: number) => groupOf[presences.instance[presence] ?? 0] ?? 0,
  };
  const size = { groups: groups.length, steps: steps.length, hasZeros };
  const spans = createRowSpans(grouped, size);
  if (spans.rows > maxResultRows) return { kind: 'too-many', groups: groups.length };
  const { order, step, group } = rowOrder(spans, groups.length);
  const inOrder = (counts: Uint32Array) => Uint32Array.from(order, (row) => counts[row] ?? 0);
  const { started, ended } = countEnds(query, presences, spans, ends);
  return {
    kind: 'counts',
    groups,
    length: spans.rows,
    step,
    group,
    active: inOrder(countInstances(presences, instances.length, spans, ends)),
    max: inOrder(countMax(presences, spans, ends)),
    started: inOrder(started),
    ended: inOrder(ended),
  };
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

function countInstances(
  presences: PresenceColumns,
  instances: number,
  spans: RowSpans,
  { byFrom, firstStep, lastStep }: PresenceEnds,
): Uint32Array {
  // Differences between neighbouring rows first: a presence of any length adds two of them.
  const active = new Int32Array(spans.rows + 1);
  /** Last step in which each instance is already counted. */
  const counted = new Int32Array(instances).fill(-1);
  for (const presence of byFrom) {
    const instance = presences.instance[presence] ?? 0;
    const span = spans.spanOf[presence] ?? 0;
    const from = Math.max(firstStep[presence] ?? 0, (counted[instance] ?? 0) + 1);
    const to = lastStep[presence] ?? 0;
    if (from > to) continue;
    counted[instance] = to;
    const offset = spans.offset[span] ?? 0;
    active[offset + from] = (active[offset + from] ?? 0) + 1;
    if (to < (spans.last[span] ?? 0)) {
      active[offset + to + 1] = (active[offset + to + 1] ?? 0) - 1;
    }
  }
  for (let span = 0; span < spans.length; span++) {
    const offset = spans.offset[span] ?? 0;
    const to = offset + (spans.last[span] ?? 0);
    for (let row = offset + (spans.first[span] ?? 0) + 1; row <= to; row++) {
      active[row] = (active[row] ?? 0) + (active[row - 1] ?? 0);
    }
  }
  return Uint32Array.from(active);
}

/** A presence has ended if no heartbeat from now on can continue it. */
function countEnds(
  { steps, toMs, nowMs }: ActiveQuery,
  presences: PresenceColumns,
  spans: RowSpans,
  { firstStep, lastStep }: PresenceEnds,
) {
  const started = new Uint32Array(spans.rows);
  const ended = new Uint32Array(spans.rows);
  for (let presence = 0; presence < presences.length; presence++) {
    const offset = spans.offset[spans.spanOf[presence] ?? 0] ?? 0;
    if ((presences.fromMs[presence] ?? 0) >= (steps[0] ?? 0)) {
      const row = offset + (firstStep[presence] ?? 0);
      started[row] = (started[row] ?? 0) + 1;
    }
    if ((presences.toMs[presence] ?? 0) < toMs && (presences.reachMs[presence] ?? 0) < nowMs) {
      const row = offset + (lastStep[presence] ?? 0);
      ended[row] = (ended[row] ?? 0) + 1;
    }
  }
  return { started, ended };
}

/** At the same time beginnings come before ends: both heartbeats belong to their presences. */
function countMax(
  presences: PresenceColumns,
  spans: RowSpans,
  { byFrom, byTo, firstStep, lastStep }: PresenceEnds,
): Uint32Array {
  const max = new Uint32Array(spans.rows);
  /** Active instances of each span at the current time, and the last step that contains them. */
  const current = new Uint32Array(spans.length);
  const carried = Int32Array.from(spans.first, (first) => first - 1);

  function carry(span: number, step: number): void {
    const offset = spans.offset[span] ?? 0;
    for (let at = (carried[span] ?? 0) + 1; at <= step; at++) max[offset + at] = current[span] ?? 0;
    carried[span] = Math.max(step, carried[span] ?? 0);
  }

  let begun = 0;
  for (const ending of byTo) {
    for (const endMs = presences.toMs[ending] ?? 0; begun < byFrom.length; begun++) {
      const beginning = byFrom[begun] ?? 0;
      if ((presences.fromMs[beginning] ?? 0) > endMs) break;
      const span = spans.spanOf[beginning] ?? 0;
      const step = firstStep[beginning] ?? 0;
      carry(span, step);
      const active = (current[span] ?? 0) + 1;
      current[span] = active;
      const row = (spans.offset[span] ?? 0) + step;
      if (active > (max[row] ?? 0)) max[row] = active;
    }
    const span = spans.spanOf[ending] ?? 0;
    carry(span, lastStep[ending] ?? 0);
    current[span] = (current[span] ?? 0) - 1;
  }
  return max;
}
