import { type EventKind, eventKinds, type LivenessEvent } from '../contract/event.ts';
import { createGlob, isGlob } from '../contract/values/glob.ts';
import { isUlid, ulidTime } from '../runtime/ulid.ts';
import type { EventScan } from '../store/events/event-rows.ts';
import { choice, cursor, glob, moment, pageSize, severalOf, text, truth } from './described.ts';
import {
  createParameters,
  outcome,
  type Parameters,
  type RawQuery,
  type Reading,
} from './parameters.ts';
import type { Slicer } from './slicer.ts';

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
  /** All of them when undefined. */
  readonly limit: number | undefined;
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

const filters = {
  kind: severalOf('kind', eventKinds, 'Only events of these kinds.'),
  name: glob('name', 'Only events of components with this name.'),
  version: glob('version', 'Only events of this version.'),
  instance: glob('instance', 'Only events of this instance.'),
  silenced: truth('silenced', 'Only events that a silence keeps quiet, or only the others.'),
  from: moment('from', 'Only events from this time on.'),
  to: moment('to', 'Only events before this time.'),
  text: text('text', 'Only events in which this stands, in capitals or not.'),
};
const orderParameter = choice(
  'order',
  ['descending', 'ascending'],
  'descending',
  'Whether the newest or the oldest event comes first.',
);
const limitParameter = pageSize(mostEvents);
const cursorParameter = cursor();
const lastEventIdParameter = text(
  'lastEventId',
  'The id of the event behind which to go on. The header `Last-Event-ID` wins over it.',
);

export const eventParameters = [
  ...Object.values(filters),
  orderParameter,
  limitParameter,
  cursorParameter,
];
export const streamParameters = [...Object.values(filters), lastEventIdParameter];

/** Reads what `GET /api/v1/events` is asked for. */
export function readEventQuery(
  parameters: Parameters,
  nowMs: number,
  isPaged = true,
): Reading<EventQuery> {
  const filter = readFilter(parameters, nowMs);
  const asked = {
    filter,
    order: orderParameter.read(parameters),
    limit: limitParameter.read(parameters, isPaged),
    cursor: cursorParameter.read(parameters, idOf),
  };
  return outcome(parameters, asked);
}

/** Reads what `GET /api/v1/events/stream` is asked for. */
export function readStreamQuery(query: RawQuery, nowMs: number): Reading<StreamQuery> {
  const parameters = createParameters(query);
  const filter = readFilter(parameters, nowMs);
  const { name } = lastEventIdParameter;
  const lastEventId = parameters.parsed(name, 'the id of an event', idOf);
  return outcome(parameters, { filter, lastEventId });
}

const idOf = (text: string): string | undefined => (isUlid(text) ? text : undefined);

function readFilter(parameters: Parameters, nowMs: number): EventFilter {
  const fromMs = filters.from.read(parameters, nowMs);
  const toMs = filters.to.read(parameters, nowMs);
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    parameters.refuse('to', 'a time after "from"');
  }
  return {
    kinds: filters.kind.read(parameters),
    name: filters.name.read(parameters),
    version: filters.version.read(parameters),
    instance: filters.instance.read(parameters),
    isSilenced: filters.silenced.read(parameters),
    fromMs,
    toMs,
    text: filters.text.read(parameters),
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
export function createEventPages(scan: (scan: EventScan) => LivenessEvent[], turns: Slicer) {
  return async function page({
    filter,
    order,
    limit = mostEvents,
    cursor,
  }: EventQuery): Promise<EventPage> {
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
