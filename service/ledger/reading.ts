import type { Identity } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import type { PresenceTable } from '../store/presences/table.ts';
import type { Backlog } from './backlog.ts';
import { coalesce } from './cover.ts';
import type { NewestPresences } from './newest.ts';

/** The places of presences: on disk, and in memory until a checkpoint has written them. */
type ReadingSource = {
  readonly table: PresenceTable;
  readonly newest: NewestPresences;
  readonly backlogs: () => readonly Backlog[];
  readonly identityOf: (ref: number) => Identity;
  readonly refOf: (identity: Identity) => number | undefined;
  /** What ended before this may have been removed from the store. */
  readonly expiredMs: () => number;
};

/** A presence, or a part of one, and its instance: the number in the store, or the identity. */
export type Unwritten = { readonly whose: number | Identity; readonly presence: Presence };

export function createReading(source: ReadingSource) {
  const { table, newest, identityOf, refOf, backlogs, expiredMs } = source;

  function inMemoryOf(identity: Identity): Presence[] {
    const ref = refOf(identity);
    const latest = ref === undefined ? undefined : newest.get(ref);
    const waiting = backlogs().flatMap((backlog) => backlog.of(identity));
    return latest && latest.reachMs >= expiredMs() ? [...waiting, latest] : waiting;
  }

  function presencesOf(identity: Identity, fromMs: number, toMs: number): Presence[] {
    const inMemory = coalesce(inMemoryOf(identity));
    const id = table.instanceId(identity);
    // A cover may join a presence in this time with one outside of it, which is then part of it.
    const stored =
      id === undefined
        ? []
        : [{ fromMs, reachMs: toMs }, ...inMemory].flatMap((time) =>
            table.touching(id, time.fromMs, time.reachMs),
          );
    return coalesce([...stored, ...inMemory]).filter(
      (presence) => presence.fromMs <= toMs && presence.reachMs >= fromMs,
    );
  }

  return {
    *unwritten(): Generator<Unwritten> {
      for (const ref of newest.unwritten()) {
        const presence = newest.get(ref);
        if (!presence || presence.reachMs < expiredMs()) continue;
        // While a row is being written, it is not known whether its instance has that number.
        const row = newest.isWriting(ref) ? undefined : newest.rowOf(ref);
        yield { whose: row?.instanceId ?? identityOf(ref), presence };
      }
      // Newest presences that are replaced go to a backlog: it comes last. What is in a backlog now
      // stays in it.
      for (const backlog of backlogs()) {
        for (const { identity, covers } of backlog.entries()) {
          for (const presence of covers) yield { whose: identity, presence };
        }
      }
    },

    presencesOf,

    latestOf(ref: number, sinceMs: number): Presence | undefined {
      const identity = identityOf(ref);
      const latest = newest.get(ref);
      const isWaiting = backlogs().some((backlog) => backlog.of(identity).length > 0);
      // Only this presence continues its row, the newest of the instance.
      if (latest && newest.rowOf(ref) && !isWaiting) {
        return latest.reachMs < sinceMs ? undefined : latest;
      }
      return presencesOf(identity, sinceMs, Number.MAX_SAFE_INTEGER).at(-1);
    },
  };
}
