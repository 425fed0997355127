import { type Component, componentKey } from '../../contract/instance.ts';
import type { StateCounts } from '../../registry/components.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import { walkInstances } from '../registry-walk.ts';

/** A component that has instances now. Times are of the wall clock. */
export type KnownComponent = Component &
  StateCounts & { readonly firstSeenMs: number; readonly lastMs: number };

type Tally = { -readonly [Key in keyof KnownComponent]: KnownComponent[Key] };

const sliceInstances = 5_000;

/** All components that have instances, from one walk through the registry. */
export async function knownComponents(
  registry: Pick<
    Registry,
    'next' | 'component' | 'componentOf' | 'state' | 'firstSeenMs' | 'receivedAtMs'
  >,
  slicer: Slicer,
): Promise<KnownComponent[]> {
  // The registry may reuse an index between two slices: components are counted by their key.
  const tallies = new Map<string, Tally>();

  function tallyOf(index: number): Tally {
    const { name, version } = registry.componentOf(index);
    const key = componentKey({ name, version });
    const times = { firstSeenMs: Number.POSITIVE_INFINITY, lastMs: 0 };
    const counts = { up: 0, late: 0, down: 0, retired: 0 };
    const tally = tallies.get(key) ?? { name, version, ...counts, ...times };
    tallies.set(key, tally);
    return tally;
  }

  function countSlice(after: Ref): Ref | undefined {
    const byIndex = new Map<number, Tally>();
    return walkInstances(registry, after, sliceInstances, (ref) => {
      const index = registry.component(ref);
      const tally = byIndex.get(index) ?? tallyOf(index);
      byIndex.set(index, tally);
      tally[registry.state(ref)] += 1;
      tally.firstSeenMs = Math.min(tally.firstSeenMs, registry.firstSeenMs(ref));
      tally.lastMs = Math.max(tally.lastMs, registry.receivedAtMs(ref));
      return false;
    });
  }

  for (let after: Ref | undefined = -1; after !== undefined; ) {
    const from: Ref = after;
    after = await slicer.run(() => countSlice(from));
  }
  return [...tallies.values()];
}
