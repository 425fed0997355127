import { type EventKind, eventKinds, type LivenessEvent } from '../contract/event.ts';
import { createGlob, isGlob } from '../runtime/glob.ts';
import { isUlid, ulidTime } from '../runtime/ulid.ts';
import type { EventScan } from '../store/events/event-rows.ts';
import { momentExpected, parseMoment } from './moment.ts';
import {
  createParameters,
  outcome,
  type Parameters,
  type RawQuery,
  type Reading,
} from './parameters.ts';
import type { Turns } from './turns.ts';

/** Which events are meant; all conditions hold together, an absent one always holds. */
export type EventFilter = {
  readonly kinds?: readonly EventKind[] | undefined;
  /** Globs. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
  /** Whether it was made within a silence. */
  readonly isSilenced?: boolean | undefined;
  /** From this time on, and before that one; epoch milliseconds. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Stands somewhere in the event, in capitals or not. */
  readonly text?: string | undefined;
};

export type EventQuery = {
  readonly filter: EventFilter;
  readonly order: EventScan['order'];
  readonly limit: number;
  /** The `next` of the page before. */
  readonly cursor?: string | undefined;
};

export type StreamQuery = {
  readonly filter: EventFilter;
  /** The event behind which to go on. */
  readonly lastEventId?: string | undefined;
};

export type EventPage = {
  readonly events: readonly LivenessEvent[];
  /** There may be more; a page may hold fewer than were asked for, or none, and still have this. */
  readonly next?: string;
};

export const mostEvents = 1_000;
const orders = ['descending', 'ascending'] as const;

/** Reads what `GET /api/v1/events` is asked for. */
export function readEventQuery(query: RawQuery, nowMs: number): Reading<EventQuery> {
  const parameters = createParameters(query);
  const filter = readFilter(parameters, nowMs);
  const asked = {
    filter,
    order: parameters.choice('order', orders, 'descending'),
    limit: parameters.whole('limit', 1, mostEvents, 100),
    cursor: parameters.parsed('cursor', 'the "next" of the page before', idOf),
  };
  return outcome(parameters, asked);
}

/** Reads what `GET /api/v1/events/stream` is asked for. */
export function readStreamQuery(query: RawQuery, nowMs: number): Reading<StreamQuery> {
  const parameters = createParameters(query);
  const filter = readFilter(parameters, nowMs);
  const lastEventId = parameters.parsed('lastEventId', 'the id of an event', idOf);
  return outcome(parameters, { filter, lastEventId });
}

const idOf = (text: string): string | undefined => (isUlid(text) ? text : undefined);

const truths: Readonly<Record<string, boolean>> = { true: true, false: false };
const truthOf = (text: string) => (Object.hasOwn(truths, text) ? truths[text] : undefined);

function readFilter(parameters: Parameters, nowMs: number): EventFilter {
  const moment = (text: string) => parseMoment(text, nowMs);
  const fromMs = parameters.parsed('from', momentExpected, moment);
  const toMs = parameters.parsed('to', momentExpected, moment);
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    parameters.refuse('to', 'a time after "from"');
  }
  return {
    kinds: parameters.oneOf('kind', eventKinds),
    name: parameters.text('name'),
    version: parameters.text('version'),
    instance: parameters.text('instance'),
    isSilenced: parameters.parsed('silenced', 'true or false', truthOf),
    fromMs,
    toMs,
    text: parameters.text('text'),
  };
}

/** Says of one event whether it is meant. */
export function eventMatcher(filter: EventFilter): (event: LivenessEvent) => boolean {
  const { kinds, isSilenced } = filter;
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = filter;
  const subject = subjectMatcher(filter);
  const needle = filter.text?.toLowerCase();
  return (event) =>
    event.atMs >= fromMs &&
    event.atMs < toMs &&
    (kinds === undefined || kinds.includes(event.kind)) &&
    (isSilenced === undefined || isSilenced === (event.silencedBy !== undefined)) &&
    subject(event.subject) &&
    (needle === undefined || textOf(event).includes(needle));
}

function subjectMatcher({ name, version, instance }: EventFilter) {
  const wanted = [name, version, instance].map((glob) => glob && createGlob(glob));
  return (subject: LivenessEvent['subject']): boolean => {
    const has = [
      subject?.name,
      subject?.version,
      subject && 'instance' in subject ? subject.instance : undefined,
    ];
    return wanted.every((glob, part) => {
      const value = has[part];
      return !glob || (value !== undefined && glob(value));
    });
  };
}

function textOf({ kind, subject, reason, data }: LivenessEvent): string {
  const details = data === undefined ? [] : [JSON.stringify(data)];
  return [kind, ...Object.values(subject ?? {}), reason, ...details].join('\n').toLowerCase();
}

/** Looked at in one piece: some milliseconds. */
const pieceEvents = 500;
/** Looked at for one page: beyond, the page ends early. */
const pageEvents = 100_000;

/** Answers questions about the log of events, a piece a turn. */
export function createEventPages(scan: (scan: EventScan) => LivenessEvent[], turns: Turns) {
  return async function page({ filter, order, limit, cursor }: EventQuery): Promise<EventPage> {
    const matches = eventMatcher(filter);
    const found: LivenessEvent[] = [];
    let { afterId, beforeId } = bounds(filter);
    let last = cursor;
    for (let looked = 0; looked < pageEvents; looked += pieceEvents) {
      if (last !== undefined && order === 'ascending' && last > afterId) afterId = last;
      if (last !== undefined && order === 'descending' && last < beforeId) beforeId = last;
      const piece = await turns.take(() =>
        scan({ afterId, beforeId, order, limit: pieceEvents, where: indexFor(filter) }),
      );
      found.push(...piece.filter(matches));
      if (found.length > limit) return pageOf(found.slice(0, limit), found[limit - 1]?.id);
      if (piece.length < pieceEvents) return pageOf(found, undefined);
      last = piece.at(-1)?.id;
    }
    return pageOf(found, last);
  };
}

const pageOf = (events: readonly LivenessEvent[], next: string | undefined): EventPage =>
  next === undefined ? { events } : { events, next };

/** As bounds of ids, for which their time is enough. */
const bounds = ({ fromMs, toMs }: EventFilter) => ({
  afterId: fromMs === undefined ? '' : ulidTime(fromMs),
  beforeId: toMs === undefined ? '~' : ulidTime(toMs),
});

/** The condition that leaves the fewest events to look at. */
function indexFor({ instance, name, kinds }: EventFilter): EventScan['where'] {
  if (instance !== undefined && !isGlob(instance)) return { column: 'instance', value: instance };
  if (name !== undefined && !isGlob(name)) return { column: 'name', value: name };
  const [kind] = kinds ?? [];
  return kind !== undefined && kinds?.length === 1 ? { column: 'kind', value: kind } : undefined;
}
