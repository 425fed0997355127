import {
  type Identity,
  type InstanceRecord,
  type InstanceState,
  instanceStates,
  type Thresholds,
} from '../contract/instance.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import { createGlob } from '../runtime/glob.ts';
import { choice, cursor, glob, severalOf, whole } from './described.ts';
import {
  compareIdentities,
  decodeCursor,
  type InstanceCursor,
  type InstancePlace,
  placeAfter,
} from './instance-cursor.ts';
import { createLeast } from './least.ts';
import { createParameters, outcome, type RawQuery, type Reading } from './parameters.ts';
import type { Turns } from './turns.ts';

/** Which instances are meant; all conditions hold together, an absent one always holds. */
export type InstanceFilter = {
  readonly states?: readonly InstanceState[] | undefined;
  /** Globs. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
};

export type InstanceQuery = {
  readonly filter: InstanceFilter;
  /**
   * By name, version and instance: each page looks through all instances. Or in no order: each
   * page goes on where the one before ended, for those who want all of very many.
   */
  readonly sort: 'key' | 'none';
  readonly limit: number;
  /** The `next` of the page before. */
  readonly cursor?: InstanceCursor | undefined;
};

/** An instance as it is now. */
export type InstanceNow = {
  readonly record: InstanceRecord;
  readonly thresholds: Thresholds;
  /** Seconds since the last heartbeat, our own blind time not counted. */
  readonly ageSeconds: number;
  /** Since when it has been active without a break; undefined when it is not. */
  readonly presentSinceMs: number | undefined;
};

export type InstancePage = {
  readonly instances: readonly InstanceNow[];
  /** There may be more. */
  readonly next?: InstancePlace;
};

/** What is known of instances, from the rooms that know it. */
export type InstanceSources = {
  readonly registry: Pick<
    Registry,
    'find' | 'next' | 'record' | 'identity' | 'state' | 'component' | 'componentOf'
  >;
  thresholds(ref: Ref): Thresholds;
  ageSeconds(ref: Ref): number;
  presentSinceMs(ref: Ref): number | undefined;
};

export type InstanceQueries = {
  page(query: InstanceQuery): Promise<InstancePage>;
  one(identity: Identity): InstanceNow | undefined;
};

/** Looked at in one piece: some milliseconds. */
const pieceRefs = 5_000;
/** Described in one piece. */
const pieceInstances = 100;

const asking = {
  state: severalOf('state', instanceStates, 'Only instances in these states.'),
  name: glob('name', 'Only components with this name.'),
  version: glob('version', 'Only this version.'),
  instance: glob('instance', 'Only this instance.'),
  sort: choice(
    'sort',
    ['key', 'none'],
    'key',
    '`key`: by name, version and instance. `none`: as they come, cheapest for all of very many.',
  ),
  limit: whole('limit', { min: 1, max: 1_000, otherwise: 100 }, 'Most instances on a page.'),
  cursor: cursor(),
};
export const instanceParameters = Object.values(asking);

/** Reads what `GET /api/v1/instances` is asked for. */
export function readInstanceQuery(query: RawQuery): Reading<InstanceQuery> {
  const parameters = createParameters(query);
  const filter = {
    states: asking.state.read(parameters),
    name: asking.name.read(parameters),
    version: asking.version.read(parameters),
    instance: asking.instance.read(parameters),
  };
  const sort = asking.sort.read(parameters);
  const limit = asking.limit.read(parameters);
  const after = asking.cursor.read(parameters, (text) => decodeCursor(text, sort));
  return outcome(parameters, { filter, sort, limit, cursor: after });
}

/** Answers questions about the instances that are known now, a piece a turn. */
export function createInstanceQueries(sources: InstanceSources, turns: Turns): InstanceQueries {
  const { registry } = sources;

  const describe = (ref: Ref): InstanceNow => ({
    record: registry.record(ref),
    thresholds: sources.thresholds(ref),
    ageSeconds: sources.ageSeconds(ref),
    presentSinceMs: sources.presentSinceMs(ref),
  });

  /** Shows the matching instances with refs above `ref`, until that is enough. */
  async function walk(from: Ref, filter: InstanceFilter, enough: (ref: Ref) => boolean) {
    let at: Ref | undefined = from;
    while (at !== undefined) {
      const begin: Ref = at;
      at = await turns.take(() => {
        // What an index means may change between two pieces.
        const matches = createMatcher(registry, filter);
        let ref = registry.next(begin);
        for (let looked = 1; ref !== undefined; looked++) {
          if (matches(ref) && enough(ref)) return undefined;
          if (looked === pieceRefs) return ref;
          ref = registry.next(ref);
        }
        return undefined;
      });
    }
  }

  async function inOrder({ filter, limit, cursor }: InstanceQuery): Promise<Identity[]> {
    const least = createLeast(limit + 1, compareIdentities);
    await walk(-1, filter, (ref) => {
      const identity = registry.identity(ref);
      if (cursor?.kind !== 'key' || compareIdentities(identity, cursor.after) > 0) {
        least.offer(identity);
      }
      return false;
    });
    return least.sorted();
  }

  async function asTheyCome({ filter, limit, cursor }: InstanceQuery) {
    const found: { ref: Ref; identity: Identity }[] = [];
    await walk(cursor?.kind === 'none' ? cursor.after : -1, filter, (ref) => {
      found.push({ ref, identity: registry.identity(ref) });
      return found.length > limit;
    });
    return found;
  }

  /** Who was found may be forgotten by now. */
  async function describeAll(found: readonly Identity[]): Promise<InstanceNow[]> {
    const all: InstanceNow[] = [];
    for (let at = 0; at < found.length; at += pieceInstances) {
      const piece = await turns.take(() =>
        found.slice(at, at + pieceInstances).flatMap((identity) => {
          const ref = registry.find(identity);
          return ref === undefined ? [] : [describe(ref)];
        }),
      );
      all.push(...piece);
    }
    return all;
  }

  return {
    one(identity) {
      const ref = registry.find(identity);
      return ref === undefined ? undefined : describe(ref);
    },
    async page(query) {
      const { sort, limit } = query;
      if (sort === 'key') {
        const found = await inOrder(query);
        const instances = await describeAll(found.slice(0, limit));
        const last = found.length > limit ? found[limit - 1] : undefined;
        return last ? { instances, next: placeAfter({ kind: 'key', after: last }) } : { instances };
      }
      const found = await asTheyCome(query);
      const instances = await describeAll(found.slice(0, limit).map(({ identity }) => identity));
      const last = found.length > limit ? found[limit - 1] : undefined;
      return last
        ? { instances, next: placeAfter({ kind: 'none', after: last.ref }) }
        : { instances };
    },
  };
}

/** A component is matched once, however many instances it has. */
function createMatcher(registry: InstanceSources['registry'], filter: InstanceFilter) {
  const { states } = filter;
  const isName = createGlob(filter.name ?? '*');
  const isVersion = createGlob(filter.version ?? '*');
  const isInstance = filter.instance === undefined ? undefined : createGlob(filter.instance);
  const known = new Map<number, boolean>();
  const isComponent = (index: number): boolean => {
    const remembered = known.get(index);
    if (remembered !== undefined) return remembered;
    const { name, version } = registry.componentOf(index);
    const verdict = isName(name) && isVersion(version);
    known.set(index, verdict);
    return verdict;
  };
  return (ref: Ref): boolean =>
    (states === undefined || states.includes(registry.state(ref))) &&
    isComponent(registry.component(ref)) &&
    (isInstance === undefined || isInstance(registry.identity(ref).instance));
}
