import type { Identity } from '../../service/contract/instance.ts';
import type { InstancePresence } from '../../service/contract/presence.ts';
import { createGlob } from '../../service/contract/values/glob.ts';
import {
  type ActiveSource,
  answerOf,
  count,
  type WrittenSource,
} from '../../service/query/active/answer.ts';
import { writeRows } from '../../service/query/active/written.ts';
import { createColumns, type PresenceColumns } from '../../service/query/period/columns.ts';
import type { Needed } from '../../service/query/period/gather.ts';

/** The presences that a question needs, out of a list. */
export function gatherFrom(
  all: readonly InstancePresence[],
  { fromMs, toMs, reachingMs = Infinity, filter }: Omit<Needed, 'needsInstance'>,
): { presences: PresenceColumns; instances: Identity[] } {
  const presences = createColumns();
  const instances: Identity[] = [];
  const places = new Map<string, number>();
  for (const { fromMs: from, toMs: to, reachMs, ...identity } of all) {
    const isMeant = (['name', 'version', 'instance'] as const).every((key) =>
      createGlob(filter[key] ?? '*')(identity[key]),
    );
    if (!isMeant || from >= toMs || (to < fromMs && reachMs < reachingMs)) continue;
    const key = JSON.stringify(identity);
    const place = places.get(key) ?? instances.push(identity) - 1;
    places.set(key, place);
    presences.push(place, from, to, reachMs);
  }
  return { presences: presences.taken(), instances };
}

/** Answers from a list of presences. */
export const sourceOf =
  (all: readonly InstancePresence[]): ActiveSource =>
  async (asked) => {
    const { presences, instances } = gatherFrom(all, asked);
    return answerOf(asked, count(asked, presences, instances));
  };

/** The same, written. */
export const writtenSourceOf =
  (all: readonly InstancePresence[]): WrittenSource =>
  async (asked, format, signal) => {
    const answer = await sourceOf(all)(asked, signal);
    if (answer.kind === 'too-many') return answer;
    return { kind: 'written', text: new Uint8Array(writeRows(asked, answer.rows, format)) };
  };
