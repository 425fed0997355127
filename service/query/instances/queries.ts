import type { Identity, InstanceRecord, Thresholds } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import { createLeast } from '../least.ts';
import type { Slicer } from '../slicer.ts';
import type { InstanceFilter, InstanceQuery } from './asked.ts';
import { createMatcher, type MatchedRegistry } from './matcher.ts';
import {
  compareRanks,
  type InstancePlace,
  identityOf,
  placeAfter,
  type Rank,
  type RankedSort,
} from './rank.ts';

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
  readonly registry: MatchedRegistry &
    Pick<Registry, 'find' | 'next' | 'record' | 'firstSeenMs' | 'receivedAtMs' | 'stateSinceMs'>;
  thresholds(ref: Ref): Thresholds;
  ageSeconds(ref: Ref): number;
  presentSinceMs(ref: Ref): number | undefined;
};

export type PagedQuery = InstanceQuery & { readonly limit: number };

export type InstanceQueries = {
  page(query: PagedQuery): Promise<InstancePage>;
  /** All that are meant, piece by piece; who comes or goes meanwhile may be among them or not. */
  all(query: InstanceQuery): AsyncGenerator<readonly InstanceNow[]>;
  one(identity: Identity): InstanceNow | undefined;
};

/** Looked at in one piece: some milliseconds. */
const pieceRefs = 5_000;
/** Described in one piece. */
const pieceInstances = 100;
/** Sorted in one pass over all instances, when all of them are asked for in an order. */
const passInstances = 10_000;

/** Answers questions about the instances that are known now, a piece a turn. */
export function createInstanceQueries(sources: InstanceSources, turns: Slicer): InstanceQueries {
  const { registry } = sources;

  const describe = (ref: Ref): InstanceNow => ({
    record: registry.record(ref),
    thresholds: sources.thresholds(ref),
    ageSeconds: sources.ageSeconds(ref),
    presentSinceMs: sources.presentSinceMs(ref),
  });

  /** Shows the matching instances with refs above `ref`, until that is enough; says where it was. */
  function walkPiece(from: Ref, filter: InstanceFilter, isEnough: (ref: Ref) => boolean) {
    return turns.take((): Ref | undefined => {
      // What an index means may change between two pieces.
      const matches = createMatcher(registry, filter);
      let ref = registry.next(from);
      for (let looked = 1; ref !== undefined; looked++) {
        if ((matches(ref) && isEnough(ref)) || looked === pieceRefs) return ref;
        ref = registry.next(ref);
      }
      return undefined;
    });
  }

  async function inOrder(query: InstanceQuery, limit: number): Promise<Rank[]> {
    const { filter, sort, order, cursor } = query;
    const sign = order === 'descending' ? -1 : 1;
    const compare = (one: Rank, other: Rank) => sign * compareRanks(one, other);
    const after = cursor === undefined || cursor.kind === 'none' ? undefined : cursor.after;
    const rank = rankers[sort === 'none' ? 'key' : sort];
    const least = createLeast(limit + 1, compare);
    const look = (ref: Ref): boolean => {
      const { name, version, instance } = registry.identity(ref);
      const own: Rank = [rank(registry, ref, instance), name, version, instance];
      if (after === undefined || compare(own, after) > 0) least.offer(own);
      return false;
    };
    let at: Ref | undefined = -1;
    while (at !== undefined) at = await walkPiece(at, filter, look);
    return least.sorted();
  }

  async function asTheyCome({ filter, cursor }: InstanceQuery, limit: number) {
    const found: { ref: Ref; identity: Identity }[] = [];
    const look = (ref: Ref): boolean =>
      found.push({ ref, identity: registry.identity(ref) }) > limit;
    let at: Ref | undefined = cursor?.kind === 'none' ? cursor.after : -1;
    while (at !== undefined && found.length <= limit) at = await walkPiece(at, filter, look);
    return found;
  }

  /** Who was found may be forgotten by now. */
  async function* describeAll(found: readonly Identity[]): AsyncGenerator<InstanceNow[]> {
    for (let at = 0; at < found.length; at += pieceInstances) {
      yield await turns.take(() =>
        found.slice(at, at + pieceInstances).flatMap((identity) => {
          const ref = registry.find(identity);
          return ref === undefined ? [] : [describe(ref)];
        }),
      );
    }
  }

  /** A page as identities, and the cursor of the next one. */
  async function find(query: InstanceQuery, limit: number) {
    const { sort } = query;
    if (sort === 'none') {
      const found = await asTheyCome(query, limit);
      const last = found.length > limit ? found[limit - 1] : undefined;
      return {
        identities: found.slice(0, limit).map(({ identity }) => identity),
        next: last && { kind: sort, after: last.ref },
      };
    }
    const found = await inOrder(query, limit);
    const last = found.length > limit ? found[limit - 1] : undefined;
    return {
      identities: found.slice(0, limit).map(identityOf),
      next: last && { kind: sort, after: last },
    };
  }

  async function* everyone({ filter, cursor }: InstanceQuery) {
    let at: Ref | undefined = cursor?.kind === 'none' ? cursor.after : -1;
    while (at !== undefined) {
      const found: InstanceNow[] = [];
      at = await walkPiece(at, filter, (ref) => found.push(describe(ref)) >= pieceInstances);
      if (found.length > 0) yield found;
    }
  }

  return {
    one(identity) {
      const ref = registry.find(identity);
      return ref === undefined ? undefined : describe(ref);
    },
    async page(query) {
      const { identities, next } = await find(query, query.limit);
      const instances = (await Array.fromAsync(describeAll(identities))).flat();
      return next === undefined ? { instances } : { instances, next: placeAfter(next) };
    },
    async *all(query) {
      if (query.sort === 'none') {
        yield* everyone(query);
        return;
      }
      for (let { cursor } = query, isMore = true; isMore; ) {
        const { identities, next } = await find({ ...query, cursor }, passInstances);
        yield* describeAll(identities);
        cursor = next;
        isMore = next !== undefined;
      }
    },
  };
}

type Ranker = (
  registry: InstanceSources['registry'],
  ref: Ref,
  instance: string,
) => string | number;

/** What stands first in a rank; nothing does where name and version come first anyway. */
const rankers: Readonly<Record<RankedSort, Ranker>> = {
  key: () => '',
  instance: (_registry, _ref, instance) => instance,
  firstSeen: (registry, ref) => registry.firstSeenMs(ref),
  lastBeat: (registry, ref) => registry.receivedAtMs(ref),
  stateSince: (registry, ref) => registry.stateSinceMs(ref),
};
