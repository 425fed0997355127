import { type Identity, identityKey } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import { coalesce, touches, union } from './cover.ts';

/**
 * Covers that wait to be merged with the presences in the store, by instance: late heartbeats,
 * presences that ended, instances that the registry does not know.
 */
export type Backlog = {
  add(identity: Identity, cover: Presence): void;
  addAll(other: Backlog): void;
  /** Covers of one instance, in no order. */
  of(identity: Identity): readonly Presence[];
  entries(): Iterable<BacklogEntry>;
  /** Number of covers in all. */
  size(): number;
};

export type BacklogEntry = { readonly identity: Identity; readonly covers: readonly Presence[] };

/** At so many covers of one instance they are joined, so that duplicates do not fill the memory. */
const tidyCovers = 1_024;

type Entry = { readonly identity: Identity; covers: Presence[]; tidyAt: number };

export function createBacklog(): Backlog {
  const waiting = new Map<string, Entry>();
  let size = 0;

  function add({ name, version, instance }: Identity, cover: Presence): void {
    const key = identityKey({ name, version, instance });
    const entry = waiting.get(key);
    if (!entry) {
      const identity = { name, version, instance };
      waiting.set(key, { identity, covers: [cover], tidyAt: tidyCovers });
      size++;
      return;
    }
    // Old heartbeats are usually replayed in their order: each continues the one before.
    const last = entry.covers.length - 1;
    const previous = entry.covers[last];
    if (previous && touches(previous, cover)) {
      entry.covers[last] = union(previous, cover);
      return;
    }
    entry.covers.push(cover);
    size++;
    if (entry.covers.length >= entry.tidyAt) tidy(entry);
  }

  function tidy(entry: Entry): void {
    const joined = coalesce(entry.covers);
    size += joined.length - entry.covers.length;
    entry.covers = joined;
    entry.tidyAt = Math.max(tidyCovers, 2 * joined.length);
  }

  return {
    add,
    addAll(other) {
      for (const { identity, covers } of other.entries()) {
        for (const cover of covers) add(identity, cover);
      }
    },
    of: (identity) =>
      waiting.size === 0 ? [] : (waiting.get(identityKey(identity))?.covers ?? []),
    entries: () => waiting.values(),
    size: () => size,
  };
}
