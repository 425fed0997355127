import { sortOrder } from './sort-order.ts';

/**
 * Rows of a result while they are counted, in spans: consecutive steps of one group. The row of a
 * step is `offset + step`; offsets may be negative.
 */
export type RowSpans = {
  readonly length: number;
  /** Number of rows of all spans. */
  readonly rows: number;
  readonly group: ArrayLike<number>;
  readonly first: ArrayLike<number>;
  readonly last: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  /** Span of each presence. */
  readonly spanOf: Uint32Array;
};

/** Presences in the order in which they begin, their groups, and the steps of both of their ends. */
export type GroupedPresences = {
  readonly byFrom: Uint32Array;
  readonly groupOf: (presence: number) => number;
  readonly firstStep: Uint32Array;
  readonly lastStep: Uint32Array;
};

/** One span for each group, or, without zeros, one for each run of steps with an active instance. */
export function createRowSpans(
  { byFrom, groupOf, firstStep, lastStep }: GroupedPresences,
  { groups, steps, hasZeros }: { groups: number; steps: number; hasZeros: boolean },
): RowSpans {
  const spanOf = new Uint32Array(byFrom.length);
  const span: { group: number[]; first: number[]; last: number[] } = {
    group: [],
    first: [],
    last: [],
  };
  /** Last span of each group. */
  const current = new Int32Array(groups).fill(-1);

  function begin(group: number, from: number, to: number): number {
    span.first.push(from);
    span.last.push(to);
    current[group] = span.group.push(group) - 1;
    return current[group];
  }

  if (hasZeros) for (let group = 0; group < groups; group++) begin(group, 0, steps - 1);
  for (const presence of byFrom) {
    const group = groupOf(presence);
    const [from, to] = [firstStep[presence] ?? 0, lastStep[presence] ?? 0];
    const open = current[group] ?? -1;
    const reached = span.last[open];
    const continues = reached !== undefined && from <= reached + 1;
    spanOf[presence] = continues ? open : begin(group, from, to);
    if (continues && to > reached) span.last[open] = to;
  }

  let rows = 0;
  const offset = span.first.map((from, at) => {
    const begins = rows - from;
    rows += (span.last[at] ?? 0) - from + 1;
    return begins;
  });
  return { ...span, length: span.group.length, rows, offset, spanOf };
}

/** Rows in the order of the result, by step, then by group; with the step and group of each. */
export function rowOrder(spans: RowSpans, groups: number) {
  const keys = new Float64Array(spans.rows);
  for (let span = 0; span < spans.length; span++) {
    const [offset = 0, group = 0, last = 0] = [
      spans.offset[span],
      spans.group[span],
      spans.last[span],
    ];
    for (let step = spans.first[span] ?? 0; step <= last; step++) {
      keys[offset + step] = step * groups + group;
    }
  }
  const order = sortOrder(keys, spans.rows);
  return {
    order,
    step: Uint32Array.from(order, (row) => (keys[row] ?? 0) / groups),
    group: Uint32Array.from(order, (row) => (keys[row] ?? 0) % groups),
  };
}
