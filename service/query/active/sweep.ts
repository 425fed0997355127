import type { PresenceColumns } from '../period/columns.ts';
import { layOut, type Runs, runsInOrder } from './runs.ts';
import { timeOrder } from './time-order.ts';

/**
 * What `GET /api/v1/active` counts, for all steps and groups in one sweep through time.
 *
 * Steps are half-open, presences closed: one is in every step that holds a moment from its first
 * to its last heartbeat. An instance counts once in a step, however many presences it has there.
 * Two are there at once when one moment belongs to both.
 */
export type SweepInput = {
  /** Only such as are in the period; those of one instance do not touch each other. */
  readonly presences: PresenceColumns;
  /** By instance; the order of the groups is that of their numbers, from 0 on. */
  readonly groupOf: Uint32Array;
  readonly groups: number;
  /** When the steps begin, ascending. */
  readonly steps: ArrayLike<number>;
  /** When the last one ends. */
  readonly toMs: number;
  /** A presence has ended when nothing that comes from now on could continue it. */
  readonly nowMs: number;
  /** A row for each step and group, or only for those in which someone was active. */
  readonly hasZeros: boolean;
  readonly mostRows: number;
};

/** Rows by step, then by group. */
export type SweptRows = {
  readonly length: number;
  readonly step: Uint32Array<ArrayBuffer>;
  readonly group: Uint32Array<ArrayBuffer>;
  readonly active: Uint32Array<ArrayBuffer>;
  readonly max: Uint32Array<ArrayBuffer>;
  readonly started: Uint32Array<ArrayBuffer>;
  readonly ended: Uint32Array<ArrayBuffer>;
};

export type Swept =
  | { readonly kind: 'rows'; readonly rows: SweptRows }
  | { readonly kind: 'too-many'; readonly rows: number };

export function sweep(input: SweepInput): Swept {
  const { presences, steps } = input;
  const { length, fromMs, toMs } = presences;
  const byFrom = timeOrder(fromMs, length);
  const byTo = timeOrder(toMs, length);
  const first = stepsOf(byFrom, fromMs, steps);
  const last = stepsOf(byTo, toMs, steps);
  const runs = layOut(input, byFrom, first, last);
  if (runs.rows > input.mostRows) return { kind: 'too-many', rows: runs.rows };
  const ends: Ends = { byFrom, byTo, first, last };
  const counts = {
    active: countActive(input, runs, ends),
    max: countMax(input, runs, ends),
    ...countEnds(input, runs, ends),
  };
  const { order, step, group } = runsInOrder(runs, steps.length);
  const inOrder = (column: Uint32Array) => Uint32Array.from(order, (row) => column[row] ?? 0);
  return {
    kind: 'rows',
    rows: {
      length: runs.rows,
      step,
      group,
      active: inOrder(counts.active),
      max: inOrder(counts.max),
      started: inOrder(counts.started),
      ended: inOrder(counts.ended),
    },
  };
}

/** Presences in the order of both of their ends, and the steps in which these are. */
type Ends = {
  readonly byFrom: Uint32Array;
  readonly byTo: Uint32Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
};

/** The step of each time, or the first or last one where that is outside of all. */
function stepsOf(order: Uint32Array, times: Float64Array, steps: ArrayLike<number>): Uint32Array {
  const found = new Uint32Array(order.length);
  let step = 0;
  for (let at = 0; at < order.length; at++) {
    const place = order[at] ?? 0;
    const time = times[place] ?? 0;
    while (step + 1 < steps.length && (steps[step + 1] ?? 0) <= time) step += 1;
    found[place] = step;
  }
  return found;
}

function countActive({ groupOf, presences }: SweepInput, runs: Runs, ends: Ends): Uint32Array {
  const { byFrom, first, last } = ends;
  // Differences between neighbours first: a presence is two of them, however long it is.
  const active = new Int32Array(runs.rows + 1);
  /** Up to which step the instance is counted already. */
  const counted = new Int32Array(groupOf.length).fill(-1);
  for (let at = 0; at < byFrom.length; at++) {
    const place = byFrom[at] ?? 0;
    const instance = presences.instance[place] ?? 0;
    const run = runs.runOf[place] ?? 0;
    const from = Math.max(first[place] ?? 0, (counted[instance] ?? 0) + 1);
    const to = last[place] ?? 0;
    if (from > to) continue;
    counted[instance] = to;
    const offset = runs.offset[run] ?? 0;
    active[offset + from] = (active[offset + from] ?? 0) + 1;
    if (to < (runs.last[run] ?? 0)) {
      active[offset + to + 1] = (active[offset + to + 1] ?? 0) - 1;
    }
  }
  for (let run = 0; run < runs.length; run++) {
    const offset = runs.offset[run] ?? 0;
    const to = offset + (runs.last[run] ?? 0);
    for (let row = offset + (runs.first[run] ?? 0) + 1; row <= to; row++) {
      active[row] = (active[row] ?? 0) + (active[row - 1] ?? 0);
    }
  }
  return Uint32Array.from(active);
}

function countEnds({ presences, steps, toMs, nowMs }: SweepInput, runs: Runs, ends: Ends) {
  const started = new Uint32Array(runs.rows);
  const ended = new Uint32Array(runs.rows);
  for (let place = 0; place < presences.length; place++) {
    const offset = runs.offset[runs.runOf[place] ?? 0] ?? 0;
    if ((presences.fromMs[place] ?? 0) >= (steps[0] ?? 0)) {
      const row = offset + (ends.first[place] ?? 0);
      started[row] = (started[row] ?? 0) + 1;
    }
    if ((presences.toMs[place] ?? 0) < toMs && (presences.reachMs[place] ?? 0) < nowMs) {
      const row = offset + (ends.last[place] ?? 0);
      ended[row] = (ended[row] ?? 0) + 1;
    }
  }
  return { started, ended };
}

/** At the same moment beginnings come before ends: both heartbeats belong to their presences. */
function countMax({ presences }: SweepInput, runs: Runs, ends: Ends): Uint32Array {
  const { byFrom, byTo, first, last } = ends;
  const max = new Uint32Array(runs.rows);
  /** How many are there now, and up to which step that is carried on. */
  const present = new Uint32Array(runs.length);
  const carried = Int32Array.from({ length: runs.length }, (_, run) => (runs.first[run] ?? 0) - 1);

  function carry(run: number, step: number): void {
    const offset = runs.offset[run] ?? 0;
    for (let at = (carried[run] ?? 0) + 1; at <= step; at++) max[offset + at] = present[run] ?? 0;
    carried[run] = Math.max(step, carried[run] ?? 0);
  }

  let begun = 0;
  for (let at = 0; at < byTo.length; at++) {
    const ending = byTo[at] ?? 0;
    for (const endMs = presences.toMs[ending] ?? 0; begun < byFrom.length; begun++) {
      const place = byFrom[begun] ?? 0;
      if ((presences.fromMs[place] ?? 0) > endMs) break;
      const run = runs.runOf[place] ?? 0;
      const step = first[place] ?? 0;
      carry(run, step);
      const now = (present[run] ?? 0) + 1;
      present[run] = now;
      const row = (runs.offset[run] ?? 0) + step;
      if (now > (max[row] ?? 0)) max[row] = now;
    }
    const run = runs.runOf[ending] ?? 0;
    carry(run, last[ending] ?? 0);
    present[run] = (present[run] ?? 0) - 1;
  }
  return max;
}
