import {
  type Component,
  componentKey,
  type Identity,
  identityKey,
} from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import { createGlob, isGlob } from '../../contract/values/glob.ts';
import { coalesce } from '../../ledger/cover.ts';
import { withRoom } from '../../runtime/collections/growing-array.ts';
import type { PresenceScan } from '../../store/presences/scan.ts';
import { componentMatcher, type IdentityGlobs } from '../identity-globs.ts';
import type { GroupKey } from './groups.ts';
import type { Memory } from './memory.ts';
import { createPresenceColumns, type PresenceSet } from './presence-columns.ts';
import type { Period } from './query.ts';

/**
 * Components of all instances in the store, by the number of the instance: read once, then only
 * those of new instances. The store never gives a number to another instance while the process runs.
 */
export type StoredComponents = {
  readNew(): void;
  /** Highest number of an instance. */
  readonly lastId: number;
  /** Index of the component of an instance. */
  indexOf(instanceId: number): number;
  at(index: number): Component;
};

export function createStoredComponents(scan: PresenceScan): StoredComponents {
  const components: Component[] = [];
  const indexes = new Map<string, number>();
  let indexById = new Uint32Array(0);
  let lastId = 0;

  function add(id: number, name: string, version: string): void {
    indexById = withRoom(Uint32Array, indexById, id + 1);
    const key = componentKey({ name, version });
    const index = indexes.get(key) ?? components.push({ name, version }) - 1;
    indexes.set(key, index);
    indexById[id] = index;
    lastId = id;
  }

  return {
    readNew: () => scan.instancesAfter(lastId, add),
    get lastId() {
      return lastId;
    },
    indexOf: (id) => indexById[id] ?? 0,
    at: (index) => components[index] ?? { name: '', version: '' },
  };
}

/** Query for the presences of which a part is in the period. */
export type PresenceQuery = Period & {
  /** Adds presences that a heartbeat at this time would continue. */
  readonly reachingMs?: number;
  readonly filter: IdentityGlobs;
  /** Without `instance`, that part of each identity in the result is empty, and is not read. */
  readonly by: readonly GroupKey[];
};

/** One state of the ledger: a snapshot of the store, and the presences in memory. */
export type LedgerState = {
  readonly scan: PresenceScan;
  readonly components: StoredComponents;
  readonly memory: Memory;
  /** To be called for each presence; throws when the caller has left. */
  onPresence(): void;
};

/** Covers of one instance that the store may not have. */
type Unsettled = {
  readonly identity: Identity | undefined;
  readonly covers: Presence[];
  /** Covers that may join presences outside of the period. */
  readonly joining: Presence[];
};

const never = Number.MAX_SAFE_INTEGER;
const [unseen, excluded] = [-2, -1];
/** Up to so many instances are always read one by one. */
const fewInstances = 500;

/**
 * Presences in store and memory together: their union, so it does no harm if the store has already
 * received a part of what is in memory, or if memory was copied before the store is read.
 */
export function findPresences(
  { scan, components, memory, onPresence }: LedgerState,
  query: PresenceQuery,
): PresenceSet {
  components.readNew();
  const { fromMs, toMs, reachingMs = never, filter, by } = query;
  const found = createPresenceColumns();
  const members = createMembers(scan, components, filter);
  const { stored, others } = unsettledOf(scan, memory);
  const isUnsettled = new Uint8Array(components.lastId + 1);
  for (const id of stored.keys()) isUnsettled[id] = 1;

  function take(id: number, from: number, to: number, reach: number): void {
    onPresence();
    if (isUnsettled[id] === 1) {
      stored.get(id)?.covers.push({ fromMs: from, toMs: to, reachMs: reach });
      return;
    }
    const place = members.placeOf(id);
    if (place >= 0) found.push(place, from, to, reach);
  }

  /** An instance without any presence in the period gets no place. */
  function settle(placeOf: () => number, covers: readonly Presence[]): void {
    for (const presence of coalesce(covers)) {
      const { fromMs: from, toMs: to, reachMs } = presence;
      if (from >= toMs || (to < fromMs && reachMs < reachingMs)) continue;
      found.push(placeOf(), from, to, reachMs);
    }
  }

  const { name } = filter;
  const ids = name === undefined || isGlob(name) ? undefined : scan.instancesOf(name);
  const areFew = ids && (ids.length < fewInstances || ids.length * 20 < components.lastId);
  const range = { fromMs, toMs: toMs - 1, reachingMs };
  if (areFew) scan.presencesOf(ids, range, take);
  else scan.allPresences(range, take);

  for (const [id, { covers, joining }] of stored) {
    if (!members.matchesId(id)) continue;
    const joined = joining.flatMap((cover) => scan.touching(id, cover.fromMs, cover.reachMs));
    settle(() => members.placeOf(id), [...covers, ...joined]);
  }
  for (const { identity, covers } of others) {
    if (!identity || !members.matches(identity)) continue;
    let place: number | undefined;
    settle(() => (place ??= members.add(identity)), covers);
  }
  return { presences: found.columns(), instances: members.identities(by.includes('instance')) };
}

/** Covers in memory by instance: those of instances in the store by number, and all others. */
function unsettledOf(scan: PresenceScan, { presences, identities }: Memory) {
  const stored = new Map<number, Unsettled>();
  const others = new Map<string, Unsettled>();
  let named = 0;
  for (let at = 0; at < presences.length; at++) {
    const number = presences.instance[at] ?? 0;
    const identity = number === 0 ? identities[named++] : undefined;
    const id = identity ? scan.instanceId(identity) : number;
    const { covers, joining } =
      id === undefined
        ? entryOf(others, identity ? identityKey(identity) : '', identity)
        : entryOf(stored, id, identity);
    const cover = {
      fromMs: presences.fromMs[at] ?? 0,
      toMs: presences.toMs[at] ?? 0,
      reachMs: presences.reachMs[at] ?? 0,
    };
    covers.push(cover);
    if (identity) joining.push(cover);
  }
  return { stored, others: others.values() };
}

function entryOf<K>(entries: Map<K, Unsettled>, key: K, identity: Identity | undefined): Unsettled {
  const entry = entries.get(key) ?? { identity, covers: [], joining: [] };
  entries.set(key, entry);
  return entry;
}

/** Instances that match the filter, in the order in which their presences were found. */
function createMembers(scan: PresenceScan, components: StoredComponents, filter: IdentityGlobs) {
  const matchesComponent = componentMatcher(filter);
  const { instance } = filter;
  const matchesInstance = instance === undefined ? () => true : createGlob(instance);
  const componentMatches = new Map<number, boolean>();
  const places = new Int32Array(components.lastId + 1).fill(unseen);
  /** Number in the store, or identity of an instance that the store does not have. */
  const members: (number | Identity)[] = [];

  /** Each component is matched once. */
  function matchesIndex(index: number): boolean {
    const known = componentMatches.get(index);
    if (known !== undefined) return known;
    const matches = matchesComponent(components.at(index));
    componentMatches.set(index, matches);
    return matches;
  }

  const matchesId = (id: number): boolean =>
    matchesIndex(components.indexOf(id)) &&
    (instance === undefined || matchesInstance(scan.instanceText(id)));

  return {
    matchesId,
    matches: (identity: Identity): boolean =>
      matchesComponent(identity) && matchesInstance(identity.instance),
    placeOf(id: number): number {
      const place = places[id] ?? excluded;
      if (place !== unseen) return place;
      places[id] = matchesId(id) ? members.push(id) - 1 : excluded;
      return places[id];
    },
    add: (identity: Identity): number => members.push(identity) - 1,
    identities(needsInstance: boolean): Identity[] {
      return members.map((member) => {
        if (typeof member !== 'number') return member;
        const { name, version } = components.at(components.indexOf(member));
        return { name, version, instance: needsInstance ? scan.instanceText(member) : '' };
      });
    },
  };
}
