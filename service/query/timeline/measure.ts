import { type Identity, identityKey } from '../../contract/instance.ts';
import type { PresenceColumns, PresenceSet } from '../period/presence-columns.ts';
import type { AbsentInstance, Timeline, TimelineQuery, TimelineRun } from './query.ts';

type Level = 'up' | 'late' | 'down';
const levels = ['up', 'late', 'down'] as const;

/**
 * States of the instances of each subject by step, from their presences:
 *
 *   presence     ├────────┤                     ├──────
 *   heartbeats   first    last    reach         first
 *   level        up ──────┤ late ─┤ down ───────┤ up ──
 *
 * An instance that is retired or forgotten while it is down is down until then. One that stopped on
 * purpose is retired at that time. The time before the first presence
 * in the period is empty, unless the instance is down for the whole period.
 */
export function measureTimelines(
  query: TimelineQuery,
  { presences, instances }: PresenceSet,
): Timeline[] {
  const meters = new Map<string, Meter>();
  const meterOf = (identity: Identity): Meter => {
    const { name, version, instance } = identity;
    const subject = query.by === 'instance' ? { name, version, instance } : { name, version };
    const key = subjectKey(subject);
    const meter = meters.get(key) ?? new Meter(subject, query);
    meters.set(key, meter);
    return meter;
  };
  const absent = new Map(query.absent.map((one) => [identityKey(one), one]));
  for (const { instance, places } of byInstance(presences)) {
    const identity = instances[instance];
    if (!identity) continue;
    const key = identityKey(identity);
    addInstance(meterOf(identity).instance(), query, presences, places, absent.get(key));
    absent.delete(key);
  }
  for (const one of absent.values()) {
    if (one.state === 'down') meterOf(one).instance()('down', query.fromMs, query.toMs);
  }
  return [...meters.values()].map((meter) => meter.result());
}

/** Places of the presences of each instance, in the order of time. */
function* byInstance({ length, instance, fromMs }: PresenceColumns) {
  const order = Uint32Array.from({ length }, (_, at) => at).sort(
    (a, b) => (instance[a] ?? 0) - (instance[b] ?? 0) || (fromMs[a] ?? 0) - (fromMs[b] ?? 0),
  );
  for (let at = 0; at < length; ) {
    const first = instance[order[at] ?? 0] ?? 0;
    let end = at + 1;
    while (end < length && instance[order[end] ?? 0] === first) end++;
    yield { instance: first, places: order.subarray(at, end) };
    at = end;
  }
}

type AddLevel = (level: Level, fromMs: number, toMs: number) => void;

function addInstance(
  add: AddLevel,
  { nowMs, retireAfterMs }: TimelineQuery,
  { fromMs, toMs, reachMs }: PresenceColumns,
  places: Uint32Array,
  absent: AbsentInstance | undefined,
): void {
  for (const [at, place] of places.entries()) {
    const [from, to, reach] = [fromMs[place] ?? 0, toMs[place] ?? 0, reachMs[place] ?? 0];
    const following = places[at + 1];
    const next = following === undefined ? undefined : fromMs[following];
    const isCurrent = next === undefined && reach >= nowMs;
    if (isCurrent && absent?.state !== 'late') {
      add('up', from, absent ? to : nowMs);
      continue;
    }
    add('up', from, to);
    if (reach <= to) continue;
    // An instance that is no longer known may have stopped on purpose: its end is no absence.
    const endMs = next ?? (absent ? endOfAbsence(absent, nowMs) : to);
    add('late', to, Math.min(reach, endMs));
    add('down', reach, Math.min(endMs, reach + retireAfterMs));
  }
}

const endOfAbsence = ({ state, sinceMs }: AbsentInstance, nowMs: number): number =>
  state === 'retired' ? sinceMs : nowMs;

/** Text that two subjects share only when they are the same. */
export const subjectKey = ({ name, version, instance }: Subject): string =>
  JSON.stringify([name, version, instance]);

type Subject = Pick<Timeline, 'name' | 'version' | 'instance'>;

/** Counts of one subject by step and level. */
class Meter {
  readonly #subject: Subject;
  readonly #query: TimelineQuery;
  readonly #counts: Readonly<Record<Level, Uint32Array>>;

  constructor(subject: Subject, query: TimelineQuery) {
    this.#subject = subject;
    this.#query = query;
    const { steps } = query;
    this.#counts = {
      up: new Uint32Array(steps),
      late: new Uint32Array(steps),
      down: new Uint32Array(steps),
    };
  }

  /** Returns a function that adds the times of one more instance, which must be in their order. */
  instance(): AddLevel {
    const { fromMs, nowMs, stepMs, steps } = this.#query;
    /** An instance counts once in a step, however often its state changes. */
    const counted: Record<Level, number> = { up: -1, late: -1, down: -1 };
    return (level, beginMs, endMs) => {
      const untilMs = Math.min(endMs, nowMs);
      if (untilMs < fromMs || untilMs < beginMs) return;
      if (level !== 'up' && untilMs === beginMs) return;
      const first = Math.max(0, counted[level] + 1, Math.floor((beginMs - fromMs) / stepMs));
      const last = Math.min(steps - 1, Math.floor((untilMs - fromMs) / stepMs));
      const counts = this.#counts[level];
      for (let step = first; step <= last; step++) counts[step] = (counts[step] ?? 0) + 1;
      counted[level] = Math.max(counted[level], last);
    };
  }

  result(): Timeline {
    const runs: [number, number, number, number][] = [];
    for (let step = 0; step < this.#query.steps; step++) {
      const [up = 0, late = 0, down = 0] = levels.map((level) => this.#counts[level][step]);
      const last = runs.at(-1);
      if (last && last[1] === up && last[2] === late && last[3] === down) last[0] += 1;
      else runs.push([1, up, late, down]);
    }
    return { ...this.#subject, runs: runs satisfies TimelineRun[] };
  }
}
