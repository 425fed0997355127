/** Numbers of instances from a time on, until the next segment begins. */
export type TimelineSegment = {
  readonly fromMs: number;
  readonly up: number;
  readonly late: number;
  readonly down: number;
};

export type Counts = Omit<TimelineSegment, 'fromMs'> & { readonly retired: number };

type Run = readonly [steps: number, up: number, late: number, down: number];

/** Runs of equal steps as segments. */
export function segmentsOf(
  runs: readonly Run[],
  fromMs: number,
  stepMs: number,
): TimelineSegment[] {
  let step = 0;
  return runs.map(([steps, up, late, down]) => {
    const segment = { fromMs: fromMs + step * stepMs, up, late, down };
    step += steps;
    return segment;
  });
}

const maxSegments = 600;

/** The segments, continued with what is the case now. */
export function withCounts(
  segments: readonly TimelineSegment[],
  { up, late, down }: Counts,
  nowMs: number,
): readonly TimelineSegment[] {
  const last = segments.at(-1);
  if (last && last.up === up && last.late === late && last.down === down) return segments;
  return [...segments.slice(1 - maxSegments), { fromMs: nowMs, up, late, down }];
}

/** Sum of several timelines: a segment begins where any of them has one. */
export function addTimelines(
  all: readonly (readonly TimelineSegment[])[],
): readonly TimelineSegment[] {
  const [first = []] = all;
  if (all.length < 2) return first;
  const changes = all.flatMap((segments) =>
    segments.map(({ fromMs, up, late, down }, at) => {
      const before = segments[at - 1];
      const diff = (key: 'up' | 'late' | 'down', value: number) => value - (before?.[key] ?? 0);
      return { fromMs, up: diff('up', up), late: diff('late', late), down: diff('down', down) };
    }),
  );
  changes.sort((one, other) => one.fromMs - other.fromMs);
  const sum: TimelineSegment[] = [];
  for (const change of changes) {
    const last = sum.at(-1);
    const next = {
      fromMs: change.fromMs,
      up: (last?.up ?? 0) + change.up,
      late: (last?.late ?? 0) + change.late,
      down: (last?.down ?? 0) + change.down,
    };
    if (last?.fromMs === change.fromMs) sum[sum.length - 1] = next;
    else sum.push(next);
  }
  return sum;
}
