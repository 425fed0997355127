import type { SweepInput } from './sweep.ts';

/**
 * Where the rows of an answer lie while it is computed: in runs, each of them steps of one group
 * that follow each other. Row `offset + step` of a run is that of the step.
 */
export type Runs = {
  readonly length: number;
  /** All rows together. */
  readonly rows: number;
  /** By run; offsets may be negative. */
  readonly group: ArrayLike<number>;
  readonly first: ArrayLike<number>;
  readonly last: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  /** By presence. */
  readonly runOf: Uint32Array;
};

/** A run for each group, or for each time without a gap in which someone of it was active. */
export function layOut(
  input: SweepInput,
  byFrom: Uint32Array,
  first: Uint32Array,
  last: Uint32Array,
): Runs {
  const { presences, groupOf, groups, steps, hasZeros } = input;
  const runOf = new Uint32Array(presences.length);
  const run: { group: number[]; first: number[]; last: number[] } = {
    group: [],
    first: [],
    last: [],
  };
  /** Of each group, the run that goes on. */
  const current = new Int32Array(groups).fill(-1);

  function begin(group: number, from: number, to: number): number {
    run.first.push(from);
    run.last.push(to);
    current[group] = run.group.push(group) - 1;
    return current[group];
  }

  if (hasZeros) for (let group = 0; group < groups; group++) begin(group, 0, steps.length - 1);
  for (let at = 0; at < byFrom.length; at++) {
    const place = byFrom[at] ?? 0;
    const group = groupOf[presences.instance[place] ?? 0] ?? 0;
    const [from, to] = [first[place] ?? 0, last[place] ?? 0];
    const open = current[group] ?? -1;
    const reached = run.last[open];
    const continues = reached !== undefined && from <= reached + 1;
    runOf[place] = continues ? open : begin(group, from, to);
    if (continues && to > reached) run.last[open] = to;
  }

  let rows = 0;
  const offset = run.first.map((from, at) => {
    const begins = rows - from;
    rows += (run.last[at] ?? 0) - from + 1;
    return begins;
  });
  return { ...run, length: run.group.length, rows, offset, runOf };
}

/** The rows by step, then by group. */
export function runsInOrder(runs: Runs, steps: number) {
  const byGroup = Array.from({ length: runs.length }, (_, run) => run).sort(
    (one, other) => (runs.group[one] ?? 0) - (runs.group[other] ?? 0),
  );
  const place = new Uint32Array(steps + 1);
  for (const run of byGroup) {
    for (let step = runs.first[run] ?? 0; step <= (runs.last[run] ?? -1); step++) {
      place[step + 1] = (place[step + 1] ?? 0) + 1;
    }
  }
  for (let step = 1; step <= steps; step++)
    place[step] = (place[step] ?? 0) + (place[step - 1] ?? 0);

  const order = new Uint32Array(runs.rows);
  const stepOf = new Uint32Array(runs.rows);
  const groupOf = new Uint32Array(runs.rows);
  for (const run of byGroup) {
    const offset = runs.offset[run] ?? 0;
    for (let step = runs.first[run] ?? 0; step <= (runs.last[run] ?? -1); step++) {
      const at = place[step] ?? 0;
      place[step] = at + 1;
      order[at] = offset + step;
      stepOf[at] = step;
      groupOf[at] = runs.group[run] ?? 0;
    }
  }
  return { order, step: stepOf, group: groupOf };
}
