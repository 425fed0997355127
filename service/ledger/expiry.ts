import { expiryStatements, type OldMark, type PresenceTable } from '../store/presences/table.ts';
import type { NewestPresences } from './newest.ts';

/** Presences read for one commit. */
const portion = 1_000;

/**
 * Removes the presences that ended before a time, and the instances that have none left.
 *
 * A presence in memory that is about to continue its row is left alone: the row may look as if it
 * had ended, and its instance as if nothing of it were left. What is continued while a portion is
 * committed is no danger: nothing continues a presence that ended before `expiredMs`.
 */
export async function dropExpired(
  table: PresenceTable,
  newest: NewestPresences,
  expiredMs: number,
): Promise<number> {
  let dropped = 0;
  let mark: OldMark | undefined;
  do {
    const old = table.old(expiredMs, mark, portion);
    const continued = old.ended.length === 0 ? new Set() : dirtyInstances(newest);
    const ended = old.ended.filter(({ instanceId }) => !continued.has(instanceId));
    if (ended.length > 0) {
      await table.write(
        ended.flatMap(({ instanceId, fromMs }) => expiryStatements(instanceId, fromMs)),
      );
    }
    dropped += ended.length;
    ({ mark } = old);
  } while (mark);
  return dropped;
}

function dirtyInstances(newest: NewestPresences): Set<number> {
  const ids = new Set<number>();
  for (let ref = newest.nextDirty(0); ref !== -1; ref = newest.nextDirty(ref + 1)) {
    const row = newest.rowOf(ref);
    if (row) ids.add(row.instanceId);
  }
  return ids;
}
