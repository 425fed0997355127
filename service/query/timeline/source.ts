import { componentKey, instanceStates } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { KnownComponent } from '../availability/known-components.ts';
import type { PeriodReader } from '../period/reader.ts';
import { walkInstances } from '../registry-walk.ts';
import type { Slicer } from '../slicer.ts';
import type { AbsentInstance, ComponentTimeline, TimelineQuery } from './query.ts';

/** A component as it is now, and its instances by step. */
export type TimelineRow = ComponentTimeline & { readonly now: KnownComponent | undefined };

export type TimelineRequest = Omit<TimelineQuery, 'absent' | 'retireAfterMs'>;

export type TimelineSource = (
  request: TimelineRequest,
  signal: AbortSignal,
) => Promise<readonly TimelineRow[]>;

type TimelineSources = {
  readonly registry: Pick<
    Registry,
    'next' | 'component' | 'componentOf' | 'identity' | 'state' | 'stateSinceMs'
  >;
  readonly slicer: Slicer;
  readonly retireAfterMs: number;
  knownComponents(): Promise<readonly KnownComponent[]>;
};

const sliceInstances = 5_000;

/** Reads the ledger for the past and the registry for now. Components by name and version. */
export function createTimelineSource(
  { timelines }: Pick<PeriodReader, 'timelines'>,
  { registry, slicer, retireAfterMs, knownComponents }: TimelineSources,
): TimelineSource {
  return async (request, signal) => {
    const absent = await absentInstances(registry, slicer);
    const measured = await timelines({ ...request, absent, retireAfterMs }, signal);
    const rows = new Map<string, TimelineRow>(
      measured.map((one) => [componentKey(one), { ...one, now: undefined }]),
    );
    for (const now of await knownComponents()) {
      const { name, version } = now;
      const key = componentKey(now);
      const runs = rows.get(key)?.runs ?? [[request.steps, 0, 0, 0] as const];
      rows.set(key, { name, version, runs, now });
    }
    return [...rows.values()].sort(compareComponents);
  };
}

const compareComponents = (one: ComponentTimeline, other: ComponentTimeline): number =>
  compareTexts(one.name, other.name) || compareTexts(one.version, other.version);

const compareTexts = (one: string, other: string): number =>
  one === other ? 0 : one < other ? -1 : 1;

const [up] = instanceStates;

async function absentInstances(
  registry: TimelineSources['registry'],
  slicer: Slicer,
): Promise<AbsentInstance[]> {
  const found: AbsentInstance[] = [];
  const add = (ref: Ref) => {
    const state = registry.state(ref);
    if (state === up) return false;
    found.push({ ...registry.identity(ref), state, sinceMs: registry.stateSinceMs(ref) });
    return false;
  };
  for (let after: Ref | undefined = -1; after !== undefined; ) {
    const from: Ref = after;
    after = await slicer.run(() => walkInstances(registry, from, sliceInstances, add));
  }
  return found;
}
