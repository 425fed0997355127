import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Batch } from '../../contract/outbox.ts';
import type { Problem } from '../../contract/problem.ts';
import type { StateFeed } from '../../query/timeline/state-feed.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { ProblemError } from '../route.ts';
import { entryFrame, type FrameFormat, followLog, type LogFeed } from './follow-log.ts';

export type StreamsOptions<T> = {
  readonly feed: LogFeed<T>;
  readonly format: FrameFormat<T>;
  /** Maximum of open streams, and the setting with it. */
  readonly maxStreams: number;
  readonly maxStreamsSetting: string;
  /** Ends all streams and rejects new ones: to be aborted before the server is closed. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

export type Stream<T> = {
  readonly matches: (entry: T) => boolean;
  /** Number of the last entry that the client has; undefined for the end of the log. */
  readonly afterSeq: number | undefined;
  /** Counts of components, which the stream contains too. */
  readonly states?: StateFeed | undefined;
};

/** Time after which a client that reads nothing is disconnected; it can continue later. */
const stuckMs = 60_000;
/** Time for data on its way to a client when the service stops. */
const closingMs = 1_000;

/** Returns a function that responds with a stream of the entries of a log. */
export function createStreams<T extends object>(options: StreamsOptions<T>) {
  const { format, maxStreams, maxStreamsSetting, stopping, clock, log } = options;
  const { feed, frameOf } = shareReads(options);
  let open = 0;

  return (
    context: Context,
    { matches, afterSeq = feed.head(), states }: Stream<T>,
    isAllowed: () => boolean,
  ): void => {
    if (stopping.aborted) throw new ProblemError(isStopping);
    if (open >= maxStreams) throw new ProblemError(tooManyStreams(maxStreams, maxStreamsSetting));
    context.type = 'text/event-stream';
    context.set({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' });
    context.status = 200;
    if (context.method === 'HEAD') return;
    open += 1;
    const signal = endOf(context, stopping, () => {
      open -= 1;
    });
    const frames = followLog({ feed, format, frameOf, matches, afterSeq, states, clock, signal });
    context.body = Readable.from(whileAllowed(frames, isAllowed, log), { objectMode: false });
  };
}

/**
 * The log for many streams at the same position: what one of them has read, and the frame of each
 * entry, serve the others.
 */
function shareReads<T extends object>({
  feed,
  format,
}: Pick<StreamsOptions<T>, 'feed' | 'format'>) {
  let last: { readonly key: string; readonly batch: Batch<T> } | undefined;
  const frames = new WeakMap<T, string>();
  const read = (afterSeq: number, limit: number): Batch<T> => {
    const key = `${afterSeq} ${limit} ${feed.head()}`;
    if (last?.key !== key) last = { key, batch: feed.read(afterSeq, limit) };
    return last.batch;
  };
  return {
    feed: { head: () => feed.head(), read, onAppend: (to: () => void) => feed.onAppend(to) },
    frameOf(entry: T, seq: number): string {
      const frame = frames.get(entry) ?? entryFrame(format, entry, seq);
      frames.set(entry, frame);
      return frame;
    },
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
    log.error({ error }, 'a stream of a log failed');
    throw error;
  }
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

const tooManyStreams = (maxStreams: number, setting: string): Problem => ({
  code: 'too-many-streams',
  detail: `${maxStreams} streams are open, which is the maximum (${setting}).`,
  retryAfterSeconds: 10,
});
