import { setImmediate as nextTurn } from 'node:timers/promises';
import { cloudEvent } from '../../../contract/cloud-event.ts';
import type { LivenessEvent } from '../../../contract/event.ts';
import type { Batch } from '../../../contract/outbox.ts';
import type { ComponentStates, StateFeed } from '../../../query/timeline/state-feed.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { createWakeUp } from '../../../runtime/concurrency/wake-up.ts';

/** The log of events on disk. */
export type EventFeed = {
  /** Number of the newest event. */
  head(): number;
  /** Up to `limit` events behind number `afterSeq`, as far back as they are kept. */
  read(afterSeq: number, limit: number): Batch<LivenessEvent>;
  /** Number behind which a client continues that has received the event with this id. */
  seqOf(id: string): number;
  onAppend(listener: () => void): () => void;
};

type FollowOptions = {
  readonly feed: EventFeed;
  readonly matches: (event: LivenessEvent) => boolean;
  readonly afterSeq: number;
  readonly source: string;
  /** Adds frames with the counts of components, when they have changed. */
  readonly states?: StateFeed | undefined;
  readonly clock: Clock;
  /** Ends the stream. */
  readonly signal: AbortSignal;
};

/** Position before the first event: less than every id. */
const beforeAll = '0'.repeat(26);
const eventsPerRead = 100;
/** Maximum time without a frame: proxies close idle connections. */
const keepAliveMs = 15_000;

/**
 * Follows the log as server-sent events (html.spec.whatwg.org, 9.2), from disk: memory keeps nothing
 * for a slow client, whose events wait in the log. The next events are read when the ones before are
 * sent, and an append wakes only a stream that has read everything.
 *
 * Frames with an `id` alone contain the position: a browser keeps it and dispatches no event. So a
 * client continues at the right place after an interruption, even before its first event or with a
 * filter that few events match.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<string> {
  const { feed, matches, source, clock, signal } = options;
  const wakeUp = createWakeUp(clock);
  const stopListening = feed.onAppend(wakeUp.notify);
  const states = options.states?.follow(wakeUp.notify);
  signal.addEventListener('abort', wakeUp.notify, { once: true });
  let seq = options.afterSeq;
  let lastId = idAt(feed, seq);
  let sentAtMs = clock.monotonic();
  try {
    yield positionFrame(lastId);
    while (!signal.aborted) {
      const { firstSeq, records } = feed.read(seq, eventsPerRead);
      seq = Math.max(seq, firstSeq + records.length - 1);
      lastId = records.at(-1)?.id ?? lastId;
      const frames = [
        ...statesFrame(states?.take() ?? []),
        ...records.filter(matches).map((event) => eventFrame(event, source)),
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

/** The log does not know the id of an expired event; all events are behind it. */
function idAt(feed: EventFeed, seq: number): string {
  const { firstSeq, records } = feed.read(Math.max(0, seq - 1), 1);
  return (firstSeq === seq ? records[0]?.id : undefined) ?? beforeAll;
}

const positionFrame = (id: string): string => `: alive\nid: ${id}\n\n`;

const statesFrame = (changed: readonly ComponentStates[]): string[] =>
  changed.length === 0 ? [] : [`event: states\ndata: ${JSON.stringify(changed)}\n\n`];

/** A frame that a script of a page receives, so that it can detect a dead connection. */
const aliveFrame = (id: string): string => `id: ${id}\nevent: alive\ndata: {}\n\n`;

/** JSON has no line breaks: in strings they are escaped. */
const eventFrame = (event: LivenessEvent, source: string): string =>
  `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(cloudEvent(event, source))}\n\n`;
