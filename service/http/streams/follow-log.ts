import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from '../../contract/outbox.ts';
import type { ComponentStates, StateFeed } from '../../query/timeline/state-feed.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createWakeUp } from '../../runtime/concurrency/wake-up.ts';

/** A numbered log on disk: of events, or of records. */
export type LogFeed<T> = {
  /** Number of the newest entry. */
  head(): number;
  /** Up to `limit` entries behind number `afterSeq`, as far back as they are kept. */
  read(afterSeq: number, limit: number): Batch<T>;
  onAppend(listener: () => void): () => void;
};

/** How the entries of a log become server-sent events. */
export type FrameFormat<T> = {
  idOf(entry: T, seq: number): string;
  /** Name of the event. */
  nameOf(entry: T): string;
  /** Value that becomes its data, as JSON. */
  dataOf(entry: T, seq: number): unknown;
  /** Id of the position before the first entry. */
  readonly beforeAll: string;
};

type FollowOptions<T> = {
  readonly feed: LogFeed<T>;
  readonly format: FrameFormat<T>;
  /** Frame of an entry with its number. */
  readonly frameOf: (entry: T, seq: number) => string;
  readonly matches: (entry: T) => boolean;
  readonly afterSeq: number;
  /** Adds frames with the counts of components, when they have changed. */
  readonly states?: StateFeed | undefined;
  readonly clock: Clock;
  /** Ends the stream. */
  readonly signal: AbortSignal;
};

const entriesPerRead = 100;
/** Maximum time without a frame: proxies close idle connections. */
const keepAliveMs = 15_000;

/**
 * Follows a log as server-sent events (html.spec.whatwg.org, 9.2), from disk: memory keeps nothing
 * for a slow client, whose entries wait in the log. The next entries are read when the ones before
 * are sent, and an append wakes only a stream that has read everything.
 *
 * Frames with an `id` alone contain the position: a browser keeps it and dispatches no event. So a
 * client continues at the right place after an interruption, even before its first event or with a
 * filter that few entries match.
 */
export async function* followLog<T>(options: FollowOptions<T>): AsyncGenerator<string> {
  const { feed, format, frameOf, matches, clock, signal } = options;
  const wakeUp = createWakeUp(clock);
  const stopListening = feed.onAppend(wakeUp.notify);
  const states = options.states?.follow(wakeUp.notify);
  signal.addEventListener('abort', wakeUp.notify, { once: true });
  let seq = options.afterSeq;
  let lastId = idAt(feed, format, seq);
  let sentAtMs = clock.monotonic();
  try {
    yield positionFrame(lastId);
    while (!signal.aborted) {
      const { firstSeq, records } = feed.read(seq, entriesPerRead);
      seq = Math.max(seq, firstSeq + records.length - 1);
      const last = records.at(-1);
      if (last !== undefined) lastId = format.idOf(last, seq);
      const frames = [
        ...statesFrame(states?.take() ?? []),
        ...records.flatMap((entry, n) => (matches(entry) ? [frameOf(entry, firstSeq + n)] : [])),
      ];
      const idleMs = clock.monotonic() - sentAtMs;
      if (frames.length > 0 || idleMs >= keepAliveMs) {
        sentAtMs = clock.monotonic();
        yield frames.join('') || (states ? aliveFrame(lastId) : positionFrame(lastId));
      } else if (records.length > 0) await nextTurn();
      else await wakeUp.wait(keepAliveMs - idleMs);
    }
  } finally {
    stopListening();
    states?.close();
    signal.removeEventListener('abort', wakeUp.notify);
  }
}

/** The log does not know the id of an expired entry; all entries are behind it. */
function idAt<T>(feed: LogFeed<T>, format: FrameFormat<T>, seq: number): string {
  const { firstSeq, records } = feed.read(Math.max(0, seq - 1), 1);
  const [entry] = records;
  return firstSeq === seq && entry !== undefined ? format.idOf(entry, seq) : format.beforeAll;
}

const positionFrame = (id: string): string => `: alive\nid: ${id}\n\n`;

/** A frame that a script of a page receives, so that it can detect a dead connection. */
const aliveFrame = (id: string): string => `id: ${id}\nevent: alive\ndata: {}\n\n`;

const statesFrames = new WeakMap<readonly ComponentStates[], string>();

/** Streams that have the same changes share the text. */
function statesFrame(changed: readonly ComponentStates[]): string[] {
  if (changed.length === 0) return [];
  const frame = statesFrames.get(changed) ?? `event: states\ndata: ${JSON.stringify(changed)}\n\n`;
  statesFrames.set(changed, frame);
  return [frame];
}

/** JSON has no line breaks: in strings they are escaped. */
export const entryFrame = <T>(format: FrameFormat<T>, entry: T, seq: number): string =>
  `id: ${format.idOf(entry, seq)}\nevent: ${format.nameOf(entry)}\n` +
  `data: ${JSON.stringify(format.dataOf(entry, seq))}\n\n`;
