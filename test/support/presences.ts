import { type Identity, identityKey } from '../../service/contract/instance.ts';
import type { InstancePresence } from '../../service/contract/presence.ts';
import { createGlob } from '../../service/contract/values/glob.ts';
import { countActive } from '../../service/query/active/counts.ts';
import { writeActiveRows } from '../../service/query/active/rows.ts';
import type { PresenceQuery } from '../../service/query/period/find-presences.ts';
import {
  createPresenceColumns,
  type PresenceSet,
} from '../../service/query/period/presence-columns.ts';
import type { PeriodReader } from '../../service/query/period/reader.ts';

/** The presences of a query, out of a list. */
export function presenceSetOf(
  all: readonly InstancePresence[],
  { fromMs, toMs, reachingMs = Infinity, filter }: Omit<PresenceQuery, 'by'>,
): PresenceSet {
  const presences = createPresenceColumns();
  const instances: Identity[] = [];
  const places = new Map<string, number>();
  for (const { fromMs: from, toMs: to, reachMs, ...identity } of all) {
    const matches = (['name', 'version', 'instance'] as const).every((key) =>
      createGlob(filter[key] ?? '*')(identity[key]),
    );
    if (!matches || from >= toMs || (to < fromMs && reachMs < reachingMs)) continue;
    const key = identityKey(identity);
    const place = places.get(key) ?? instances.push(identity) - 1;
    places.set(key, place);
    presences.push(place, from, to, reachMs);
  }
  return { presences: presences.columns(), instances };
}

/** Counts presences of a list in place of the ledger. */
export const countAndWriteOf =
  (all: readonly InstancePresence[]): PeriodReader['countAndWrite'] =>
  async ({ query, format }) => {
    const counts = countActive(query, presenceSetOf(all, query));
    if (counts.kind === 'too-many') return counts;
    return { kind: 'text', text: writeActiveRows(query, counts, format) };
  };
