import type { Identity } from '../contract/instance.ts';
import type { InstancePresence, Presence } from '../contract/presence.ts';
import {
  type InstanceFilter,
  isMeant,
  type PresenceReader,
  type StoredPresence,
} from '../store/presences/reader.ts';
import type { PresenceTable } from '../store/presences/table.ts';
import { type Backlog, identityKey } from './backlog.ts';
import { coalesce } from './cover.ts';
import type { Newest } from './newest.ts';

/** Where presences are: on disk, and in memory until a checkpoint has written them. */
export type ReadingSource = {
  readonly table: PresenceTable;
  readonly newest: Newest;
  readonly backlogs: () => readonly Backlog[];
  readonly identityOf: (ref: number) => Identity;
  readonly refOf: (identity: Identity) => number | undefined;
  /** What ended before this may have been removed from the store. */
  readonly expiredMs: () => number;
};

/** A presence, or a part of one, and whose: its number in the store, or who it is. */
export type Unwritten = { readonly whose: number | Identity; readonly presence: Presence };

/** What memory knows better than the store does. */
type Overlay = {
  /** Instances all of whose presences are among `presences`. */
  readonly instanceIds: ReadonlySet<number>;
  /** Rows by instance, of which `presences` has the newer state. */
  readonly rows: ReadonlyMap<number, number>;
  /** By `fromMs`. */
  readonly presences: readonly InstancePresence[];
};

export function createReading(source: ReadingSource) {
  const { table, newest, identityOf, refOf } = source;

  function presencesOf(reader: PresenceReader, identity: Identity, fromMs: number, toMs: number) {
    const inMemory = coalesce(inMemoryOf(identity));
    const id = reader.instanceId(identity);
    // A cover may join a presence in this time with one outside of it, which is then part of it.
    const stored =
      id === undefined
        ? []
        : [{ fromMs, reachMs: toMs }, ...inMemory].flatMap((time) =>
            reader.touching(id, time.fromMs, time.reachMs),
          );
    return coalesce([...stored, ...inMemory]).filter(isWithin(fromMs, toMs));
  }

  function inMemoryOf(identity: Identity): Presence[] {
    const ref = refOf(identity);
    const held = ref === undefined ? undefined : newest.get(ref);
    const isHeld = held && held.reachMs >= source.expiredMs();
    const waiting = source.backlogs().flatMap((backlog) => backlog.of(identity));
    return isHeld ? [...waiting, held] : waiting;
  }

  function overlay(
    reader: PresenceReader,
    fromMs: number,
    toMs: number,
    filter: InstanceFilter,
  ): Overlay {
    const unsettled = unsettledInstances(filter);
    const instanceIds = new Set<number>();
    const presences: InstancePresence[] = [];
    for (const identity of unsettled.values()) {
      const id = reader.instanceId(identity);
      if (id !== undefined) instanceIds.add(id);
      for (const presence of presencesOf(reader, identity, fromMs, toMs)) {
        presences.push({ ...identity, ...presence });
      }
    }
    const rows = new Map<number, number>();
    for (const ref of newest.unwritten()) {
      const root = newest.rootOf(ref);
      const presence = newest.get(ref);
      if (!root || !presence || newest.isWriting(ref) || instanceIds.has(root.instanceId)) continue;
      const identity = identityOf(ref);
      rows.set(root.instanceId, presence.fromMs);
      if (isMeant(filter, identity) && isWithin(fromMs, toMs)(presence)) {
        presences.push({ ...identity, ...presence });
      }
    }
    presences.sort((a, b) => a.fromMs - b.fromMs);
    return { instanceIds, rows, presences };
  }

  /** Those whose rows in the store may be joined or divided differently by what is in memory. */
  function unsettledInstances(filter: InstanceFilter): Map<string, Identity> {
    const found = new Map<string, Identity>();
    const add = (identity: Identity) => {
      if (isMeant(filter, identity)) found.set(identityKey(identity), identity);
    };
    for (const backlog of source.backlogs()) {
      for (const { identity } of backlog.entries()) add(identity);
    }
    for (const ref of newest.unwritten()) {
      if (!newest.rootOf(ref) || newest.isWriting(ref)) add(identityOf(ref));
    }
    return found;
  }

  return {
    *unwritten(): Generator<Unwritten> {
      for (const ref of newest.unwritten()) {
        const presence = newest.get(ref);
        if (!presence || presence.reachMs < source.expiredMs()) continue;
        // While a row is being written, nobody knows whether its instance has that number.
        const root = newest.isWriting(ref) ? undefined : newest.rootOf(ref);
        yield { whose: root?.instanceId ?? identityOf(ref), presence };
      }
      // What has to make room among the newest goes to a backlog: they come last. And what is in
      // these now stays in them, whatever becomes of it.
      for (const backlog of source.backlogs()) {
        for (const { identity, covers } of backlog.entries()) {
          for (const presence of covers) yield { whose: identity, presence };
        }
      }
    },

    presencesOf: (identity: Identity, fromMs: number, toMs: number): Presence[] =>
      presencesOf(table, identity, fromMs, toMs),

    latestOf(ref: number, sinceMs: number): Presence | undefined {
      const identity = identityOf(ref);
      const held = newest.get(ref);
      const isWaiting = source.backlogs().some((backlog) => backlog.of(identity).length > 0);
      // Nothing but this one continues its row, the newest of the instance.
      if (held && newest.rootOf(ref) && !isWaiting)
        return held.reachMs < sinceMs ? undefined : held;
      return presencesOf(table, identity, sinceMs, Number.MAX_SAFE_INTEGER).at(-1);
    },

    *presencesIn(
      fromMs: number,
      toMs: number,
      filter: InstanceFilter = {},
    ): Generator<InstancePresence> {
      const snapshot = table.snapshot();
      try {
        const known = overlay(snapshot, fromMs, toMs, filter);
        yield* inOrder(snapshot.within(fromMs, toMs, filter), known);
      } finally {
        snapshot.close();
      }
    },
  };
}

/** Both are in order, and so is what they are together. */
function* inOrder(
  stored: Iterable<StoredPresence>,
  { instanceIds, rows, presences }: Overlay,
): Generator<InstancePresence> {
  let at = 0;
  for (const { instanceId, ...presence } of stored) {
    for (let next = presences[at]; next && next.fromMs <= presence.fromMs; next = presences[at]) {
      yield next;
      at++;
    }
    if (instanceIds.has(instanceId) || rows.get(instanceId) === presence.fromMs) continue;
    yield presence;
  }
  yield* presences.slice(at);
}

const isWithin =
  (fromMs: number, toMs: number) =>
  (presence: Presence): boolean =>
    presence.fromMs <= toMs && presence.reachMs >= fromMs;
