import type { Component } from '../../contract/instance.ts';
import type { StateCounts } from '../../registry/components.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { Slicer } from '../slicer.ts';

/** A component that has instances now. Times are of the wall clock. */
export type KnownComponent = Component &
  StateCounts & { readonly firstSeenMs: number; readonly lastMs: number };

export type KnownRegistry = Pick<
  Registry,
  'next' | 'component' | 'componentOf' | 'state' | 'firstSeenMs' | 'receivedAtMs'
>;

type Tally = {
  up: number;
  late: number;
  down: number;
  retired: number;
  first: number;
  last: number;
};

const pieceRefs = 5_000;

/** Goes through all instances, a piece a turn. */
export async function knownComponents(
  registry: KnownRegistry,
  turns: Slicer,
): Promise<KnownComponent[]> {
  // What an index means may change between two pieces: components are told apart by what they are.
  const tallies = new Map<string, Component & Tally>();

  function tallyOf(ref: Ref, seen: Map<number, Component & Tally>): Tally {
    const index = registry.component(ref);
    const before = seen.get(index);
    if (before) return before;
    const { name, version } = registry.componentOf(index);
    const key = `${name.length}:${name}${version}`;
    const none = { up: 0, late: 0, down: 0, retired: 0, first: Number.POSITIVE_INFINITY, last: 0 };
    const tally = tallies.get(key) ?? { name, version, ...none };
    tallies.set(key, tally);
    seen.set(index, tally);
    return tally;
  }

  for (let at: Ref | undefined = -1; at !== undefined; ) {
    const from: Ref = at;
    at = await turns.take(() => {
      const seen = new Map<number, Component & Tally>();
      let ref = registry.next(from);
      for (let looked = 1; ref !== undefined; looked++) {
        const tally = tallyOf(ref, seen);
        tally[registry.state(ref)] += 1;
        tally.first = Math.min(tally.first, registry.firstSeenMs(ref));
        tally.last = Math.max(tally.last, registry.receivedAtMs(ref));
        if (looked === pieceRefs) return ref;
        ref = registry.next(ref);
      }
      return undefined;
    });
  }
  return [...tallies.values()].map(({ first, last, ...rest }) => ({
    ...rest,
    firstSeenMs: first,
    lastMs: last,
  }));
}
