import type { OverviewResponse } from '../../service/contract/api/overview.ts';
import { serviceNow, setServiceTime } from './now.ts';
import { getJson } from './request.ts';
import { createStore } from './store.ts';
import { type Counts, segmentsOf, type TimelineSegment, withCounts } from './timeline.ts';

export type ComponentView = {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly counts: Counts;
  readonly segments: readonly TimelineSegment[];
};

export type BlindSpan = { readonly fromMs: number; readonly toMs: number };

export type Overview = {
  readonly components: ReadonlyMap<string, ComponentView>;
  readonly blind: readonly BlindSpan[];
};

/** Lengths of the bar, by their name in the address. */
export const ranges = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
export type Range = keyof typeof ranges;
export const rangeOf = (text: string | null): Range =>
  text === '1h' || text === '7d' ? text : '24h';

export const keyOf = (name: string, version: string): string => JSON.stringify([name, version]);

/** The components; undefined until the service has responded. */
export const overview = createStore<Overview | undefined>(undefined);

/** Returns the position of the newest event, and the time of the service. */
export async function loadOverview(range: Range): Promise<{ position?: string; time: string }> {
  const response = await getJson<OverviewResponse>('overview', { from: fromOf(range) });
  const { time, from, stepSeconds, components, blind, position } = response;
  setServiceTime(Date.parse(time));
  const views = components.map(({ name, version, instances, timeline }): ComponentView => {
    const segments = segmentsOf(timeline, Date.parse(from), stepSeconds * 1_000);
    return { key: keyOf(name, version), name, version, counts: instances, segments };
  });
  overview.set({
    components: new Map(views.map((view) => [view.key, view])),
    blind: blind.map((one) => ({ fromMs: Date.parse(one.from), toMs: Date.parse(one.to) })),
  });
  return position === undefined ? { time } : { time, position };
}

const fromOf = (range: Range): string => (range === '7d' ? 'now-7d' : `now-${range}`);

/** Counts of a component as the stream sends them. */
export type SentStates = Counts & { readonly name: string; readonly version: string };

export function applyStates(changed: readonly SentStates[]): void {
  const current = overview.get();
  if (!current || changed.length === 0) return;
  const components = new Map(current.components);
  for (const { name, version, up, late, down, retired } of changed) {
    const key = keyOf(name, version);
    const counts = { up, late, down, retired };
    const segments = withCounts(components.get(key)?.segments ?? [], counts, serviceNow());
    components.set(key, { key, name, version, counts, segments });
  }
  overview.set({ ...current, components });
}

export function totalOf(components: Iterable<{ readonly counts: Counts }>): Counts {
  const total = { up: 0, late: 0, down: 0, retired: 0 };
  for (const { counts } of components) {
    total.up += counts.up;
    total.late += counts.late;
    total.down += counts.down;
    total.retired += counts.retired;
  }
  return total;
}
