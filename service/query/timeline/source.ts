import { instanceStates } from '../../contract/instance.ts';
import type { StateCounts } from '../../registry/components.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import type { KnownComponent } from '../availability/known-components.ts';
import { componentMatcher } from '../identity-globs.ts';
import { createInstanceMatcher } from '../instances/matcher.ts';
import type { PeriodReader } from '../period/reader.ts';
import { walkInstances } from '../registry-walk.ts';
import { subjectKey } from './measure.ts';
import type { AbsentInstance, Timeline, TimelineQuery } from './query.ts';

/** A component or an instance as it is now. */
type SubjectNow = Pick<Timeline, 'name' | 'version' | 'instance'> &
  StateCounts & { readonly lastMs: number };

/** The states of a subject by step, and now if it is known. */
export type TimelineRow = Timeline & { readonly now: SubjectNow | undefined };

export type TimelineRequest = Omit<TimelineQuery, 'absent' | 'retireAfterMs'>;

export type TimelineSource = (
  request: TimelineRequest,
  signal: AbortSignal,
) => Promise<readonly TimelineRow[]>;

type TimelineSources = {
  readonly registry: Pick<
    Registry,
    'next' | 'component' | 'componentOf' | 'identity' | 'state' | 'stateSinceMs' | 'receivedAtMs'
  >;
  readonly slicer: Slicer;
  readonly retireAfterMs: number;
  knownComponents(): Promise<readonly KnownComponent[]>;
};

/** Reads the ledger for the past and the registry for now. Rows by name, version and instance. */
export function createTimelineSource(
  { timelines }: Pick<PeriodReader, 'timelines'>,
  { registry, slicer, retireAfterMs, knownComponents }: TimelineSources,
): TimelineSource {
  return async (request, signal) => {
    const { by, steps, filter } = request;
    const isByInstance = by === 'instance';
    const { absent, instances } = await readRegistry(registry, slicer, request);
    const known: readonly SubjectNow[] = isByInstance
      ? instances
      : (await knownComponents()).filter(componentMatcher(filter));
    const measured = await timelines({ ...request, absent, retireAfterMs }, signal);
    const rows = new Map<string, TimelineRow>(
      measured.map((one) => [subjectKey(one), { ...one, now: undefined }]),
    );
    for (const now of known) {
      const { name, version, instance } = now;
      const subject = isByInstance && instance !== undefined ? { instance } : {};
      const key = subjectKey({ name, version, ...subject });
      const runs = rows.get(key)?.runs ?? [[steps, 0, 0, 0] as const];
      rows.set(key, { name, version, ...subject, runs, now });
    }
    return [...rows.values()].sort(
      (one, other) =>
        compareTexts(one.name, other.name) ||
        compareTexts(one.version, other.version) ||
        compareTexts(one.instance ?? '', other.instance ?? ''),
    );
  };
}

const compareTexts = (one: string, other: string): number =>
  one === other ? 0 : one < other ? -1 : 1;

const [up] = instanceStates;
const none: StateCounts = { up: 0, late: 0, down: 0, retired: 0 };
const sliceInstances = 5_000;

/** Matching instances that are not up, and in a query by instance all of them. */
async function readRegistry(
  registry: TimelineSources['registry'],
  slicer: Slicer,
  { by, filter }: TimelineRequest,
) {
  const absent: AbsentInstance[] = [];
  const instances: SubjectNow[] = [];
  const add = (ref: Ref) => {
    const state = registry.state(ref);
    if (state === up && by === 'component') return false;
    const identity = registry.identity(ref);
    if (state !== up) absent.push({ ...identity, state, sinceMs: registry.stateSinceMs(ref) });
    if (by === 'component') return false;
    instances.push({ ...identity, ...none, [state]: 1, lastMs: registry.receivedAtMs(ref) });
    return false;
  };
  for (let after: Ref | undefined = -1; after !== undefined; ) {
    const from: Ref = after;
    after = await slicer.run(() => {
      const matches = createInstanceMatcher(registry, filter);
      return walkInstances(registry, from, sliceInstances, (ref) => matches(ref) && add(ref));
    });
  }
  return { absent, instances };
}
