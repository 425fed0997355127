import type { InstancePresence } from '../../../service/contract/presence.ts';
import { createGlob } from '../../../service/contract/values/glob.ts';
import type { ActiveRow } from '../../../service/query/active/rows.ts';
import { groupKeys } from '../../../service/query/period/groups.ts';
import type { ActiveQuery } from '../../../service/query/period/query.ts';

/*
 * What `GET /api/v1/active` means, said plainly: step by step, group by group, presence by presence
 * and, for `max`, moment by moment. Slow, and hard to get wrong.
 */
export function modelRows(query: ActiveQuery, all: readonly InstancePresence[]): ActiveRow[] {
  const { steps, fromMs, toMs, nowMs, filter } = query;
  const isMeant = (presence: InstancePresence) =>
    groupKeys.every((key) => createGlob(filter[key] ?? '*')(presence[key]));
  const overlapping = (from: number, to: number) => (presence: InstancePresence) =>
    presence.fromMs < to && presence.toMs >= from;
  const meant = all.filter(isMeant).filter(overlapping(fromMs, toMs));
  const keys = groupKeys.filter((key) => query.by.includes(key));
  const groupOf = (presence: InstancePresence) => JSON.stringify(keys.map((key) => presence[key]));
  const groups = keys.length === 0 ? ['[]'] : [...new Set(meant.map(groupOf))];

  return [...steps.entries()].flatMap(([n, from]) => {
    const to = steps[n + 1] ?? toMs;
    const isWithin = (ms: number) => ms >= from && ms < to;
    return groups
      .map((group) => JSON.parse(group))
      .sort(compare)
      .map((parts): ActiveRow => {
        const own = meant.filter((presence) => groupOf(presence) === JSON.stringify(parts));
        const here = own.filter(overlapping(from, to));
        // The count changes only where a presence begins or the step does.
        const moments = [from, ...here.map((presence) => presence.fromMs).filter(isWithin)];
        const atOnce = moments.map(
          (ms) => here.filter((presence) => presence.fromMs <= ms && presence.toMs >= ms).length,
        );
        return {
          ...(query.step ? { timeMs: from } : {}),
          ...Object.fromEntries(keys.map((key, place) => [key, parts[place]])),
          active: new Set(here.map((p) => JSON.stringify([p.name, p.version, p.instance]))).size,
          max: Math.max(...atOnce),
          started: own.filter((presence) => isWithin(presence.fromMs)).length,
          ended: own.filter((p) => isWithin(p.toMs) && p.reachMs < nowMs).length,
        };
      })
      .filter(({ active }) => query.hasZeros || active > 0);
  });
}

function compare(one: readonly string[], other: readonly string[]): number {
  for (const [at, text] of one.entries()) {
    if (text !== other[at]) return text < (other[at] ?? '') ? -1 : 1;
  }
  return 0;
}
