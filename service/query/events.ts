import type { EventKind, LivenessEvent } from '../contract/event.ts';
import { createGlob, isGlob } from '../contract/values/glob.ts';
import type { Slicer } from '../runtime/concurrency/slicer.ts';
import { ulidTime } from '../runtime/ulid.ts';
import type { EventScan } from '../store/events/event-rows.ts';
import type { IdentityGlobs } from './identity-globs.ts';

/** Conditions that all have to hold; an absent one always holds. */
export type EventFilter = IdentityGlobs & {
  readonly kinds?: readonly EventKind[] | undefined;
  /** Whether a silence applied to the event. */
  readonly isSilenced?: boolean | undefined;
  /** Half-open; epoch milliseconds. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Part of the text of the event, in any case. */
  readonly text?: string | undefined;
};

export type EventQuery = {
  readonly filter: EventFilter;
  readonly order: EventScan['order'];
  /** Undefined for as many as one page can hold. */
  readonly limit: number | undefined;
  /** Id of the last event that is already read. */
  readonly cursor?: string | undefined;
};

export type EventPage = {
  readonly events: readonly LivenessEvent[];
  /** Present if there may be more: a page may hold few events or none, and still have it. */
  readonly next?: string | undefined;
};

export const maxPageEvents = 1_000;

export function eventMatcher(filter: EventFilter): (event: LivenessEvent) => boolean {
  const { kinds, isSilenced } = filter;
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = filter;
  const matchesSubject = subjectMatcher(filter);
  const text = filter.text?.toLowerCase();
  return (event) =>
    event.atMs >= fromMs &&
    event.atMs < toMs &&
    (kinds === undefined || kinds.includes(event.kind)) &&
    (isSilenced === undefined || isSilenced === (event.silencedBy !== undefined)) &&
    matchesSubject(event.subject) &&
    (text === undefined || textOf(event).includes(text));
}

/** A condition on a part does not hold for an event without it. */
function subjectMatcher({ name, version, instance }: IdentityGlobs) {
  const globs = Object.entries({ name, version, instance }).flatMap(([part, glob]) =>
    glob === undefined ? [] : [{ part, matches: createGlob(glob) }],
  );
  return (subject: LivenessEvent['subject']): boolean => {
    const parts: Readonly<Record<string, string | undefined>> = { ...subject };
    return globs.every(({ part, matches }) => {
      const text = parts[part];
      return text !== undefined && matches(text);
    });
  };
}

function textOf({ kind, subject, reason, data }: LivenessEvent): string {
  const details = data === undefined ? [] : [JSON.stringify(data)];
  return [kind, ...Object.values(subject ?? {}), reason, ...details].join('\n').toLowerCase();
}

/** Events that are read in one slice: some milliseconds. */
const eventsPerSlice = 500;
/** Events that are read for one page: then the page ends early. */
const eventsPerPage = 100_000;

/** Returns a function that reads pages of the log of events. */
export function createEventPages(scan: (scan: EventScan) => LivenessEvent[], slicer: Slicer) {
  return async ({ filter, order, limit = maxPageEvents, cursor }: EventQuery) => {
    const matches = eventMatcher(filter);
    const where = indexFor(filter);
    const found: LivenessEvent[] = [];
    let afterId = filter.fromMs === undefined ? '' : ulidTime(filter.fromMs);
    let beforeId = filter.toMs === undefined ? '~' : ulidTime(filter.toMs);
    let last = cursor;
    for (let read = 0; read < eventsPerPage; read += eventsPerSlice) {
      if (last !== undefined && order === 'ascending' && last > afterId) afterId = last;
      if (last !== undefined && order === 'descending' && last < beforeId) beforeId = last;
      const slice = { afterId, beforeId, order, limit: eventsPerSlice, where };
      const events = await slicer.run(() => scan(slice));
      found.push(...events.filter(matches));
      if (found.length > limit) {
        return { events: found.slice(0, limit), next: found[limit - 1]?.id };
      }
      if (events.length < eventsPerSlice) return { events: found };
      last = events.at(-1)?.id;
    }
    return { events: found, next: last };
  };
}

/** The condition with an index that leaves the fewest events to read. */
function indexFor({ instance, name, kinds }: EventFilter): EventScan['where'] {
  if (instance !== undefined && !isGlob(instance)) return { column: 'instance', value: instance };
  if (name !== undefined && !isGlob(name)) return { column: 'name', value: name };
  const [kind] = kinds ?? [];
  return kind !== undefined && kinds?.length === 1 ? { column: 'kind', value: kind } : undefined;
}
