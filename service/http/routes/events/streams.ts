import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Problem } from '../../../contract/problem.ts';
import { type EventFilter, eventMatcher } from '../../../query/events.ts';
import type { StateFeed } from '../../../query/timeline/state-feed.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Log } from '../../../runtime/log.ts';
import { ulidTime } from '../../../runtime/ulid.ts';
import { ProblemError } from '../../route.ts';
import { type EventFeed, followEvents } from './follow-events.ts';

export type EventStreamsOptions = {
  readonly feed: EventFeed;
  readonly source: string;
  /** Counts of components, for clients that follow them too. */
  readonly states?: StateFeed | undefined;
  /** Maximum of open streams. */
  readonly maxStreams: number;
  /** Ends all streams and rejects new ones: to be aborted before the server is closed. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

export type StreamQuery = {
  readonly filter: EventFilter;
  /** Id of the last event that the client has received. */
  readonly lastEventId: string | undefined;
  /** Whether the stream contains the counts of components too. */
  readonly hasStates: boolean;
};

/** Time after which a client that reads nothing is disconnected; it can continue later. */
const stuckMs = 60_000;
/** Time for data on its way to a client when the service stops. */
const closingMs = 1_000;

/** Returns a function that responds with a stream of events. */
export function createEventStreams(options: EventStreamsOptions) {
  const { feed, source, states, maxStreams, stopping, clock, log } = options;
  let open = 0;

  return (
    context: Context,
    { filter, lastEventId, hasStates }: StreamQuery,
    isAllowed: () => boolean,
  ): void => {
    if (stopping.aborted) throw new ProblemError(isStopping);
    if (open >= maxStreams) throw new ProblemError(tooManyStreams(maxStreams));
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
    const frames = followEvents({
      ...{ feed, matches, afterSeq, source, clock, signal },
      states: hasStates ? states : undefined,
    });
    context.body = Readable.from(whileAllowed(frames, isAllowed, log), { objectMode: false });
  };
}

/**
 * Ends when the token of the client is withdrawn or expires. An error is logged here, because at the
 * end of a stream it looks like a client that left.
 */
async function* whileAllowed(
  frames: AsyncIterable<string>,
  isAllowed: () => boolean,
  log: Log,
): AsyncGenerator<string> {
  try {
    for await (const frame of frames) {
      if (!isAllowed()) return;
      yield frame;
    }
  } catch (error) {
    log.error({ error }, 'a stream of events failed');
    throw error;
  }
}

/** Position behind the last received event; otherwise at a time; otherwise at the end of the log. */
function startOf(feed: EventFeed, lastEventId: string | undefined, fromMs: number | undefined) {
  if (lastEventId !== undefined) return feed.seqOf(lastEventId);
  return fromMs === undefined ? feed.head() : feed.seqOf(ulidTime(fromMs));
}

/** Aborts when the client leaves or the service stops; `onClose` is called when the response ends. */
function endOf({ req, res }: Context, stopping: AbortSignal, onClose: () => void): AbortSignal {
  const ending = new AbortController();
  let closing: NodeJS.Timeout | undefined;
  const stop = () => {
    ending.abort();
    closing = setTimeout(() => res.destroy(), closingMs);
  };
  stopping.addEventListener('abort', stop, { once: true });
  res.setTimeout(stuckMs);
  // The server responds to clients that have closed their side. A stream has no end to wait for, and
  // a client that has left looks the same.
  req.socket.once('end', () => res.destroy());
  res.once('close', () => {
    stopping.removeEventListener('abort', stop);
    clearTimeout(closing);
    ending.abort();
    onClose();
  });
  return ending.signal;
}

const isStopping: Problem = {
  code: 'stopping',
  detail: 'The service is stopping; after a restart a client can continue behind the last event.',
  retryAfterSeconds: 1,
};

const tooManyStreams = (maxStreams: number): Problem => ({
  code: 'too-many-streams',
  detail: `${maxStreams} streams are open, which is the maximum (events.maxStreams).`,
  retryAfterSeconds: 10,
});
