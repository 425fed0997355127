import type { Identity, InstanceRecord, Thresholds } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import { walkInstances } from '../registry-walk.ts';
import { createSmallest } from '../smallest.ts';
import { createInstanceMatcher, type MatchedRegistry } from './matcher.ts';
import type { InstanceFilter, InstanceQuery } from './query.ts';
import {
  compareSortKeys,
  encodeCursor,
  type InstanceCursor,
  type InstanceSort,
  type SortKey,
} from './sort.ts';

/** An instance as it is now. */
export type InstanceNow = {
  readonly record: InstanceRecord;
  readonly thresholds: Thresholds;
  /** Seconds since the last heartbeat, without blind time of the service. */
  readonly ageSeconds: number;
  /** Beginning of the current presence; undefined for an instance that is not active. */
  readonly presentSinceMs: number | undefined;
  /** What is wrong, as the instance describes it; only where its status is not ok. */
  readonly statusMessage: string | undefined;
};

type InstancePage = {
  readonly instances: readonly InstanceNow[];
  /** Cursor of the next page, if there may be one. */
  readonly next?: string | undefined;
};

/** Functions of the rooms that know instances. */
export type InstanceSources = {
  readonly registry: MatchedRegistry &
    Pick<Registry, 'find' | 'next' | 'record' | 'firstSeenMs' | 'receivedAtMs' | 'stateSinceMs'>;
  thresholds(ref: Ref): Thresholds;
  ageSeconds(ref: Ref): number;
  presentSinceMs(ref: Ref): number | undefined;
  statusMessage(ref: Ref): string | undefined;
};

export type PagedQuery = InstanceQuery & { readonly limit: number };

/** Instances that are matched in one slice: some milliseconds. */
const matchedPerSlice = 5_000;
/** Instances that are described in one slice. */
const describedPerSlice = 100;
/** Instances that are sorted in one walk, in a query for all instances in an order. */
const sortedPerWalk = 10_000;

type FoundInstances = {
  readonly identities: readonly Identity[];
  readonly next: InstanceCursor | undefined;
};

/** Queries for the instances that are known now. */
export class InstanceQueries {
  readonly #sources: InstanceSources;
  readonly #slicer: Slicer;

  constructor(sources: InstanceSources, slicer: Slicer) {
    this.#sources = sources;
    this.#slicer = slicer;
  }

  one(identity: Identity): InstanceNow | undefined {
    const ref = this.#sources.registry.find(identity);
    return ref === undefined ? undefined : this.#describe(ref);
  }

  async page(query: PagedQuery): Promise<InstancePage> {
    const { identities, next } = await this.#find(query, query.limit);
    const instances = (await Array.fromAsync(this.#describeAll(identities))).flat();
    return { instances, next: next && encodeCursor(next) };
  }

  /** All matching instances in pieces; an instance that is added or removed meanwhile may be missing. */
  async *all(query: InstanceQuery): AsyncGenerator<readonly InstanceNow[]> {
    if (query.sort === 'none') {
      yield* this.#allUnsorted(query);
      return;
    }
    let { cursor } = query;
    do {
      const { identities, next } = await this.#find({ ...query, cursor }, sortedPerWalk);
      yield* this.#describeAll(identities);
      cursor = next;
    } while (cursor !== undefined);
  }

  /** Identities of all instances that match now and are not retired. */
  async unretired(filter: InstanceFilter): Promise<readonly Identity[]> {
    const { registry } = this.#sources;
    const found: Identity[] = [];
    const add = (ref: Ref) => {
      if (registry.state(ref) !== 'retired') found.push(registry.identity(ref));
      return false;
    };
    for (let at: Ref | undefined = -1; at !== undefined; ) {
      at = await this.#walkSlice(at, filter, add);
    }
    return found;
  }

  #describe(ref: Ref): InstanceNow {
    const { registry, thresholds, ageSeconds, presentSinceMs, statusMessage } = this.#sources;
    return {
      record: registry.record(ref),
      thresholds: thresholds(ref),
      ageSeconds: ageSeconds(ref),
      presentSinceMs: presentSinceMs(ref),
      statusMessage: statusMessage(ref),
    };
  }

  /** Visits matching instances in one slice, until `visit` returns true. */
  #walkSlice(after: Ref, filter: InstanceFilter, visit: (ref: Ref) => boolean) {
    const { registry } = this.#sources;
    return this.#slicer.run(() => {
      const matches = createInstanceMatcher(registry, filter);
      return walkInstances(registry, after, matchedPerSlice, (ref) => matches(ref) && visit(ref));
    });
  }

  #find(query: InstanceQuery, limit: number): Promise<FoundInstances> {
    const { sort } = query;
    return sort === 'none'
      ? this.#findUnsorted(query, limit)
      : this.#findSorted(query, sort, limit);
  }

  async #findSorted(
    { filter, order, cursor }: InstanceQuery,
    sort: InstanceSort,
    limit: number,
  ): Promise<FoundInstances> {
    const { registry } = this.#sources;
    const sign = order === 'descending' ? -1 : 1;
    const compare = (one: SortKey, other: SortKey) => sign * compareSortKeys(one, other);
    const after = cursor === undefined || cursor.kind === 'none' ? undefined : cursor.after;
    const smallest = createSmallest(limit + 1, compare);
    const offer = (ref: Ref): boolean => {
      const { name, version, instance } = registry.identity(ref);
      const key: SortKey = [sortedBy[sort](registry, ref, instance), name, version, instance];
      if (after === undefined || compare(key, after) > 0) smallest.offer(key);
      return false;
    };
    for (let at: Ref | undefined = -1; at !== undefined; ) {
      at = await this.#walkSlice(at, filter, offer);
    }
    const keys = smallest.sorted();
    const last = keys.length > limit ? keys[limit - 1] : undefined;
    return {
      identities: keys
        .slice(0, limit)
        .map(([, name, version, instance]) => ({ name, version, instance })),
      next: last && { kind: sort, after: last },
    };
  }

  async #findUnsorted({ filter, cursor }: InstanceQuery, limit: number): Promise<FoundInstances> {
    const { registry } = this.#sources;
    const found: { ref: Ref; identity: Identity }[] = [];
    const add = (ref: Ref) => found.push({ ref, identity: registry.identity(ref) }) > limit;
    for (let at = startOf(cursor); at !== undefined && found.length <= limit; ) {
      at = await this.#walkSlice(at, filter, add);
    }
    const last = found.length > limit ? found[limit - 1] : undefined;
    return {
      identities: found.slice(0, limit).map(({ identity }) => identity),
      next: last && { kind: 'none', after: last.ref },
    };
  }

  /** An instance that was found may no longer be known. */
  async *#describeAll(found: readonly Identity[]): AsyncGenerator<InstanceNow[]> {
    for (let at = 0; at < found.length; at += describedPerSlice) {
      yield await this.#slicer.run(() =>
        found.slice(at, at + describedPerSlice).flatMap((identity) => this.one(identity) ?? []),
      );
    }
  }

  async *#allUnsorted({ filter, cursor }: InstanceQuery): AsyncGenerator<InstanceNow[]> {
    for (let at = startOf(cursor); at !== undefined; ) {
      const found: InstanceNow[] = [];
      const add = (ref: Ref) => found.push(this.#describe(ref)) >= describedPerSlice;
      at = await this.#walkSlice(at, filter, add);
      if (found.length > 0) yield found;
    }
  }
}

const startOf = (cursor: InstanceCursor | undefined): Ref | undefined =>
  cursor?.kind === 'none' ? cursor.after : -1;

type SortedBy = (
  registry: InstanceSources['registry'],
  ref: Ref,
  instance: string,
) => string | number;

/** First value of the sort key; empty where the identity alone decides. */
const sortedBy: Readonly<Record<InstanceSort, SortedBy>> = {
  key: () => '',
  instance: (_registry, _ref, instance) => instance,
  firstSeen: (registry, ref) => registry.firstSeenMs(ref),
  lastBeat: (registry, ref) => registry.receivedAtMs(ref),
  stateSince: (registry, ref) => registry.stateSinceMs(ref),
};
