import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { z } from 'zod';
import { next } from '../../contract/api/instance.ts';
import { plainText } from '../../contract/api/operation.ts';
import {
  type CloudEvent,
  cloudEvent,
  cloudEventSchema,
  defaultSource,
} from '../../contract/cloud-event.ts';
import type { Problem } from '../../contract/problem.ts';
import {
  type EventPage,
  type EventQuery,
  eventMatcher,
  eventParameters,
  readEventQuery,
  readStreamQuery,
  type StreamQuery,
  streamParameters,
} from '../../query/events.ts';
import type { Look } from '../../query/rows/writer.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { ulidTime } from '../../runtime/ulid.ts';
import { type EventFeed, followEvents } from '../event-stream.ts';
import { type Route, type RouteCaller, sendInvalid, sendProblem } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { allPages, type Page, sendPage } from '../rows/pages.ts';
import { sendRows } from '../rows/send.ts';

export type EventRoutesOptions = {
  page(query: EventQuery): Promise<EventPage>;
  readonly feed: EventFeed;
  /** Who says so, in each event; a URI reference. */
  readonly source?: string;
  /** Streams that may be open at the same time. */
  readonly maxStreams: number;
  /** Ends all streams, and lets no new one begin: to be aborted before the server is closed. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

/** A reader that takes nothing for so long is cut off; it can come back to where it was. */
const stuckMs = 60_000;
/** At a stop, what is on its way to a reader may take this long. */
const farewellMs = 1_000;

const pageSchema = z.object({ events: z.array(cloudEventSchema), next });

const columns = [
  'id',
  'time',
  'kind',
  'name',
  'version',
  'instance',
  'state',
  'previous',
  'ageSeconds',
  'silencedBy',
  'reason',
] as const;

const look: Look<CloudEvent> = {
  member: 'events',
  columns,
  cells: ({ id, time, data }) => {
    const flat = { id, time, ...data };
    return columns.map((column) => flat[column]);
  },
};

const lastEventIdHeader = {
  name: 'Last-Event-ID',
  description: 'The id of the event behind which to go on.',
  schema: z.string(),
};

/** The log of events: in pages, and as it grows. */
export function eventRoutes(options: EventRoutesOptions): Route[] {
  const { page, clock, source = defaultSource } = options;
  const stream = createStreams({ ...options, source });
  return [
    {
      method: 'get',
      path: '/api/v1/events',
      scope: 'read',
      tag: 'events',
      summary: 'What happened to instances and components, as CloudEvents',
      query: [...eventParameters, formatParameter],
      answers: {
        200: rowsContent(
          'A page of events; it may hold few or none, and still have a `next`.',
          pageSchema,
        ),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters, format) =>
          readEventQuery(parameters, clock.now(), format === 'json'),
        );
        if (!reading) return;
        const { asked, format } = reading;
        const onePage = async (cursor: string | undefined): Promise<Page<CloudEvent>> => {
          const { events, next: place } = await page({ ...asked, cursor });
          return { rows: events.map((event) => cloudEvent(event, source)), next: place };
        };
        if (asked.limit === undefined) {
          const pieces = allPages((cursor) => onePage(cursor ?? asked.cursor));
          await sendRows(context, format, { ...look, pieces });
        } else await sendPage(context, format, look, await onePage(asked.cursor));
      },
    },
    {
      method: 'get',
      path: '/api/v1/events/stream',
      scope: 'read',
      tag: 'events',
      summary: 'Events as they happen, as server-sent events',
      description:
        'Each event has its id, its kind as the name of the event, and a CloudEvent as its data. ' +
        'Frames that have an `id` alone tell the position. Whoever is cut off goes on behind the ' +
        'last id with `Last-Event-ID`, as browsers do by themselves.',
      query: streamParameters,
      requestHeaders: [lastEventIdHeader],
      answers: { 200: plainText('Events, until one side ends it.', 'text/event-stream') },
      problems: ['invalid-parameter', 'too-many-streams', 'stopping', 'store-unavailable'],
      handle: stream,
    },
  ];
}

function createStreams(options: EventRoutesOptions & { readonly source: string }) {
  const { feed, source, maxStreams, stopping, clock, log } = options;
  let open = 0;

  function refusal(): Problem | undefined {
    if (stopping.aborted) return isStopping;
    return open >= maxStreams ? tooMany(maxStreams) : undefined;
  }

  function begin(
    context: Context,
    { filter, lastEventId }: StreamQuery,
    isAllowed: () => boolean,
  ): void {
    context.type = 'text/event-stream';
    context.set({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' });
    context.status = 200;
    if (context.method === 'HEAD') return;
    const afterSeq = startOf(feed, lastEventId, filter.fromMs);
    open += 1;
    const signal = endOf(context, stopping, () => {
      open -= 1;
    });
    const matches = eventMatcher(filter);
    const frames = followEvents({ feed, matches, afterSeq, source, clock, signal });
    const allowed = whileAllowed(frames, isAllowed);
    context.body = Readable.from(noted(allowed, log), { objectMode: false });
  }

  return (context: Context, { isAllowed }: RouteCaller): void => {
    // The header wins: a browser that comes back sends it with the address that it began with.
    const header = context.get('last-event-id');
    const query = header === '' ? context.query : { ...context.query, lastEventId: header };
    const reading = readStreamQuery(query, clock.now());
    const problem = refusal();
    if (reading.kind === 'invalid') sendInvalid(context, reading.errors);
    else if (problem) sendProblem(context, problem);
    else begin(context, reading.asked, isAllowed);
  };
}

/** Ends where a reader's token has been withdrawn or has expired, before it is told any more. */
async function* whileAllowed(
  frames: AsyncIterable<string>,
  isAllowed: () => boolean,
): AsyncGenerator<string> {
  for await (const frame of frames) {
    if (!isAllowed()) return;
    yield frame;
  }
}

/** Behind what the reader has seen; else from a time on; else from now on. */
function startOf(feed: EventFeed, lastEventId: string | undefined, fromMs: number | undefined) {
  if (lastEventId !== undefined) return feed.seqOf(lastEventId);
  return fromMs === undefined ? feed.head() : feed.seqOf(ulidTime(fromMs));
}

/** Aborts when the reader is gone, or the service stops; `onClose` when the answer is over. */
function endOf({ req, res }: Context, stopping: AbortSignal, onClose: () => void): AbortSignal {
  const ending = new AbortController();
  let farewell: NodeJS.Timeout | undefined;
  const stop = () => {
    ending.abort();
    farewell = setTimeout(() => res.destroy(), farewellMs);
  };
  stopping.addEventListener('abort', stop, { once: true });
  res.setTimeout(stuckMs);
  // The server lets senders close their side and still answers them. But a stream has no end that
  // would be worth waiting for, and whoever is gone looks the same.
  req.socket.once('end', () => res.destroy());
  res.once('close', () => {
    stopping.removeEventListener('abort', stop);
    clearTimeout(farewell);
    ending.abort();
    onClose();
  });
  return ending.signal;
}

/** An error in a stream would be taken for a reader that went away. */
async function* noted(frames: AsyncGenerator<string>, log: Log): AsyncGenerator<string> {
  try {
    yield* frames;
  } catch (error) {
    log.error({ error }, 'a stream of events failed by our own fault');
    throw error;
  }
}

const isStopping: Problem = {
  code: 'stopping',
  detail: 'The service is stopping; its successor goes on behind the last event.',
  retryAfterSeconds: 1,
};

const tooMany = (maxStreams: number): Problem => ({
  code: 'too-many-streams',
  detail: `${maxStreams} streams are open, and no more are allowed (events.maxStreams).`,
  retryAfterSeconds: 10,
});
