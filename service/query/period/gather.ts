import { type Identity, identityKey } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import { createGlob } from '../../contract/values/glob.ts';
import { coalesce } from '../../ledger/cover.ts';
import type { PresenceScan } from '../../store/presences/scan.ts';
import { createColumns, type PresenceColumns } from './columns.ts';
import {
  componentMatcher,
  exactName,
  type IdentityFilter,
  type KnownComponents,
} from './identities.ts';
import type { Memory } from './memory.ts';

/** Which presences are needed: those of which a part lies in the period, `toMs` excluded. */
export type Needed = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Those too that a heartbeat at this time would continue. */
  readonly reachingMs?: number;
  readonly filter: IdentityFilter;
  /** Without it `instance` is left empty in the answer, and is not looked up. */
  readonly needsInstance: boolean;
};

export type Gathered = {
  /** Whose they are is the place in `instances`. */
  readonly presences: PresenceColumns;
  readonly instances: readonly Identity[];
};

/** One instance of which the store may not have everything. */
type Unsettled = {
  readonly identity: Identity | undefined;
  readonly covers: Presence[];
  /** Those of the covers that may join presences of which no part is in the period. */
  readonly placeless: Presence[];
};

const never = Number.MAX_SAFE_INTEGER;
const [unseen, notMeant] = [-2, -1];
/** So few instances are looked up one by one, whatever there is. */
const fewInstances = 500;

/**
 * The presences as they are in the store and in memory together: a union, so it does no harm that
 * the store may have got part of what memory gave, or that memory is older than the store.
 */
export function gather(
  scan: PresenceScan,
  known: KnownComponents,
  needed: Needed,
  memory: Memory,
): Gathered {
  known.readNew();
  const { fromMs, toMs, reachingMs = never, filter, needsInstance } = needed;
  const columns = createColumns();
  const members = createMembers(scan, known, filter);
  const { byId, strangers } = unsettledOf(scan, memory);
  const isUnsettled = new Uint8Array(known.lastId + 1);
  for (const id of byId.keys()) isUnsettled[id] = 1;

  function take(id: number, from: number, to: number, reach: number): void {
    if (isUnsettled[id] === 1) {
      byId.get(id)?.covers.push({ fromMs: from, toMs: to, reachMs: reach });
      return;
    }
    const place = members.placeOf(id);
    if (place >= 0) columns.push(place, from, to, reach);
  }

  /** Its place is asked for only if some of it is in the period: nobody else is a member. */
  function settle(placeOf: () => number, covers: readonly Presence[]): void {
    for (const presence of coalesce(covers)) {
      const { fromMs: from, toMs: to, reachMs } = presence;
      if (from >= toMs || (to < fromMs && reachMs < reachingMs)) continue;
      columns.push(placeOf(), from, to, reachMs);
    }
  }

  const name = exactName(filter);
  const ids = name === undefined ? undefined : scan.instancesOf(name);
  const areFew = ids && (ids.length < fewInstances || ids.length * 20 < known.lastId);
  const time = { fromMs, toMs: toMs - 1, reachingMs };
  if (areFew) scan.withinOf(ids, time, take);
  else scan.within(time, take);

  for (const [id, { covers, placeless }] of byId) {
    if (!members.isMeantId(id)) continue;
    const joined = placeless.flatMap((cover) => scan.touching(id, cover.fromMs, cover.reachMs));
    settle(() => members.placeOf(id), [...covers, ...joined]);
  }
  for (const { identity, covers } of strangers) {
    if (!identity || !members.isMeant(identity)) continue;
    let place: number | undefined;
    settle(() => (place ??= members.add(identity)), covers);
  }
  return { presences: columns.taken(), instances: members.identities(needsInstance) };
}

function unsettledOf(scan: PresenceScan, memory: Memory) {
  const byId = new Map<number, Unsettled>();
  const strangers = new Map<string, Unsettled>();
  let named = 0;
  for (let at = 0; at < memory.length; at++) {
    const [fromMs = 0, toMs = 0, reachMs = 0] = memory.times.subarray(3 * at, 3 * at + 3);
    const number = memory.instanceId[at] ?? 0;
    const identity = number === 0 ? memory.identities[named++] : undefined;
    const id = identity ? scan.instanceId(identity) : number;
    const unsettled =
      id === undefined
        ? entryOf(strangers, identity ? identityKey(identity) : '', identity)
        : entryOf(byId, id, identity);
    unsettled.covers.push({ fromMs, toMs, reachMs });
    if (identity) unsettled.placeless.push({ fromMs, toMs, reachMs });
  }
  return { byId, strangers: strangers.values() };
}

function entryOf<K>(entries: Map<K, Unsettled>, key: K, identity: Identity | undefined): Unsettled {
  const known = entries.get(key);
  if (known) return known;
  const entry = { identity, covers: [], placeless: [] };
  entries.set(key, entry);
  return entry;
}

/** The instances that are meant, in the order in which presences of theirs were met. */
function createMembers(scan: PresenceScan, known: KnownComponents, filter: IdentityFilter) {
  const isComponent = componentMatcher(known, filter);
  const { instance } = filter;
  const isInstance = instance === undefined ? undefined : createGlob(instance);
  const places = new Int32Array(known.lastId + 1).fill(unseen);
  /** Numbers in the store; of those that it does not have, who they are. */
  const found: (number | Identity)[] = [];

  const textOf = (id: number) => scan.instanceTexts([id])[0] ?? '';

  function placeOf(id: number): number {
    const place = places[id] ?? notMeant;
    if (place !== unseen) return place;
    places[id] = isMeantId(id) ? found.push(id) - 1 : notMeant;
    return places[id];
  }

  const isMeantId = (id: number): boolean =>
    isComponent(known.componentOf(id)) && (isInstance?.(textOf(id)) ?? true);

  return {
    placeOf,
    isMeantId,
    isMeant: (identity: Identity): boolean =>
      isComponent(known.indexOf(identity)) && (isInstance?.(identity.instance) ?? true),
    add: (identity: Identity): number => found.push(identity) - 1,
    identities(needsInstance: boolean): Identity[] {
      return found.map((one) => {
        if (typeof one !== 'number') return one;
        const component = known.at(known.componentOf(one));
        return { ...component, instance: needsInstance ? textOf(one) : '' };
      });
    },
  };
}
