import { z } from 'zod';
import { next } from '../../contract/api/instance.ts';
import { textContent } from '../../contract/api/operation.ts';
import {
  type CloudEvent,
  cloudEvent,
  cloudEventSchema,
  defaultSource,
} from '../../contract/cloud-event.ts';
import { eventKinds, type LivenessEvent } from '../../contract/event.ts';
import {
  type EventFilter,
  type EventPage,
  type EventQuery,
  eventMatcher,
  maxPageEvents,
} from '../../query/events.ts';
import type { RowLayout } from '../../query/rows.ts';
import type { StateFeed } from '../../query/timeline/state-feed.ts';
import { isUlid, ulidTime } from '../../runtime/ulid.ts';
import {
  booleanParameter,
  cursorParameter,
  enumListParameter,
  enumParameter,
  identityParameters,
  limitParameter,
  type QueryString,
  readParameters,
  readQueryString,
  textParameter,
} from '../parameters/parameters.ts';
import { timeParameter } from '../parameters/times.ts';
import type { Route } from '../route.ts';
import { allPages, type RowPage, sendPage } from '../rows/pages.ts';
import { formatParameters, readRowsQuery, rowsContent, sendRows } from '../rows/response.ts';
import type { FrameFormat, LogFeed } from '../streams/follow-log.ts';
import { createStreams, type StreamsOptions } from '../streams/streams.ts';

/** The log of events on disk. */
export type EventFeed = LogFeed<LivenessEvent> & {
  /** Number behind which a client continues that has received the event with this id. */
  seqOf(id: string): number;
};

export type EventRoutesOptions = Pick<
  StreamsOptions<LivenessEvent>,
  'maxStreams' | 'stopping' | 'clock' | 'log'
> & {
  readonly feed: EventFeed;
  /** Counts of components, for clients that follow them too. */
  readonly states?: StateFeed;
  events(query: EventQuery): Promise<EventPage>;
  /** Source of each CloudEvent: a URI reference. */
  readonly source?: string;
};

const filterParameters = {
  fromMs: timeParameter('from', 'Only events from this time on.'),
  toMs: timeParameter('to', 'Only events before this time.'),
  kinds: enumListParameter('kind', eventKinds, 'Only events of these kinds.'),
  ...identityParameters,
  isSilenced: booleanParameter(
    'silenced',
    'Only events that a silence suppresses, or only others.',
  ),
  text: textParameter('text', 'Only events that contain this text, in any case.'),
};

const statesParameter = booleanParameter(
  'states',
  'Whether the stream contains the numbers of instances by state of each component too; the ' +
    'default is false.',
);

const parseId = (text: string): string | undefined => (isUlid(text) ? text : undefined);

const pageParameters = {
  order: enumParameter(
    'order',
    ['descending', 'ascending'],
    'descending',
    'Whether the newest or the oldest event comes first.',
  ),
  limit: limitParameter(maxPageEvents),
  cursor: cursorParameter(parseId),
};

const lastEventIdParameter = textParameter(
  'lastEventId',
  'Id of the last event that the client has received. The header `Last-Event-ID` overrides it.',
);
const lastEventIdHeader = {
  name: 'Last-Event-ID',
  description: 'Id of the last event that the client has received.',
  schema: z.string(),
};

const layout: RowLayout<CloudEvent> = {
  member: 'events',
  columns: [
    ...['id', 'time', 'kind', 'name', 'version', 'instance', 'state', 'previous'],
    ...['ageSeconds', 'silencedBy', 'reason'],
  ],
  formatRow: ({ id, time, data }) => ({ id, time, ...data }),
};

const frameFormat = {
  idOf: ({ id }: LivenessEvent) => id,
  nameOf: ({ kind }: LivenessEvent) => kind,
  /** Less than every id. */
  beforeAll: '0'.repeat(26),
} satisfies Omit<FrameFormat<LivenessEvent>, 'dataOf'>;

/** Position behind the last received event; otherwise at a time; otherwise the end of the log. */
function startOf(feed: EventFeed, lastEventId: string | undefined, fromMs: number | undefined) {
  if (lastEventId !== undefined) return feed.seqOf(lastEventId);
  return fromMs === undefined ? undefined : feed.seqOf(ulidTime(fromMs));
}

export type StreamQuery = {
  readonly filter: EventFilter;
  /** Id of the last event that the client has received. */
  readonly lastEventId: string | undefined;
  /** Whether the stream contains the counts of components too. */
  readonly hasStates: boolean;
};

/** The log of events: in pages, and as a stream. */
export function eventRoutes(options: EventRoutesOptions): Route[] {
  const { events, feed, clock, source = defaultSource } = options;
  const format = { ...frameFormat, dataOf: (event: LivenessEvent) => cloudEvent(event, source) };
  const openStream = createStreams({
    ...options,
    format,
    maxStreamsSetting: 'events.maxStreams',
  });
  return [
    {
      method: 'get',
      path: '/api/v1/events',
      turn: 'list',
      scope: 'read',
      tag: 'events',
      summary: 'Events of instances and components, as CloudEvents',
      query: [...Object.values({ ...filterParameters, ...pageParameters }), ...formatParameters],
      responses: {
        200: rowsContent(
          'A page of events; it may contain few or none, and still have a `next`.',
          z.object({ events: z.array(cloudEventSchema), next }),
        ),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const { query, format } = readRowsQuery(context, readEventQuery, clock.now());
        const page = async (cursor: string | undefined): Promise<RowPage<CloudEvent>> => {
          const found = await events({ ...query, cursor });
          return { rows: found.events.map((event) => cloudEvent(event, source)), next: found.next };
        };
        if (query.limit === undefined) {
          const pieces = allPages((cursor) => page(cursor ?? query.cursor));
          await sendRows(context, format, { ...layout, pieces });
        } else await sendPage(context, format, layout, await page(query.cursor));
      },
    },
    {
      method: 'get',
      path: '/api/v1/events/stream',
      scope: 'read',
      tag: 'events',
      summary: 'Events as they occur, as server-sent events',
      description:
        'Each event has its id, its kind as the name of the event, and a CloudEvent as its data. ' +
        'Frames with an `id` alone contain the position. After an interruption a client continues ' +
        'behind the last id with `Last-Event-ID`; browsers do so by themselves. With `states=true` ' +
        'the stream also has frames with the name `states`: an array of components with their ' +
        'numbers of instances by state, first of all components, then of each that has changed; ' +
        'and frames with the name `alive` when nothing else is sent.',
      query: [...Object.values(filterParameters), lastEventIdParameter, statesParameter],
      requestHeaders: [lastEventIdHeader],
      responses: { 200: textContent('Events, until one side ends it.', 'text/event-stream') },
      problems: ['invalid-parameter', 'too-many-streams', 'stopping', 'store-unavailable'],
      handle(context, { isAllowed }) {
        // The header wins: after an interruption a browser sends it with the original address.
        const header = context.get('last-event-id');
        const values = header === '' ? context.query : { ...context.query, lastEventId: header };
        const query = readQueryString(values, readStreamQuery, clock.now());
        const { filter, lastEventId, hasStates } = query;
        const states = hasStates ? options.states : undefined;
        const afterSeq = startOf(feed, lastEventId, filter.fromMs);
        openStream(context, { matches: eventMatcher(filter), afterSeq, states }, isAllowed);
      },
    },
  ];
}

export const readEventQuery = (query: QueryString): EventQuery => ({
  filter: readEventFilter(query),
  ...readParameters(pageParameters, query),
});

export const readStreamQuery = (query: QueryString): StreamQuery => ({
  filter: readEventFilter(query),
  lastEventId: query.parse(lastEventIdParameter.name, 'the id of an event', parseId),
  hasStates: statesParameter.read(query) ?? false,
});

function readEventFilter(query: QueryString): EventFilter {
  const filter = readParameters(filterParameters, query);
  const { fromMs, toMs } = filter;
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    query.refuse('to', 'a time after "from"');
  }
  return filter;
}
