import { setImmediate as nextTurn } from 'node:timers/promises';
import { cloudEvent } from '../contract/cloud-event.ts';
import type { LivenessEvent } from '../contract/event.ts';
import type { Batch } from '../contract/outbox.ts';
import type { Clock } from '../runtime/clock.ts';
import { createWakeUp } from '../runtime/wake-up.ts';

/** The log of events, as a stream follows it. */
export type EventFeed = {
  /** The number of the newest event on disk. */
  head(): number;
  /** Up to `limit` events that follow number `afterSeq`, as far back as they are kept. */
  read(afterSeq: number, limit: number): Batch<LivenessEvent>;
  /** The number behind which whoever has seen the event with this id goes on. */
  seqOf(id: string): number;
  onAppend(listener: () => void): () => void;
};

export type Following = {
  readonly feed: EventFeed;
  readonly matches: (event: LivenessEvent) => boolean;
  readonly afterSeq: number;
  readonly source: string;
  readonly clock: Clock;
  /** Ends the stream. */
  readonly signal: AbortSignal;
};

/** Sorts before every id: the position before the first event. */
const beforeAll = '0'.repeat(26);
const pieceEvents = 100;
/** A stream is never silent for longer: proxies cut what is. */
const signOfLifeMs = 15_000;

/**
 * Follows the log as server-sent events (html.spec.whatwg.org, 9.2), from disk: what a slow reader
 * has not taken is not kept for it in memory, it waits in the log. The next piece is read when the
 * one before is gone, and an append only wakes who has read everything.
 *
 * The position goes along even where no event does, in frames that have an `id` and nothing else:
 * a browser notes it without calling anyone. So whoever is cut off before the first event, or
 * whose filter lets few pass, comes back to where it was.
 */
export async function* followEvents(following: Following): AsyncGenerator<string> {
  const { feed, matches, source, clock, signal } = following;
  const wakeUp = createWakeUp(clock);
  const stopListening = feed.onAppend(wakeUp.notify);
  signal.addEventListener('abort', wakeUp.notify, { once: true });
  let seq = following.afterSeq;
  let at = idAt(feed, seq);
  let sentAtMs = clock.monotonic();
  try {
    yield positionFrame(at);
    while (!signal.aborted) {
      const { firstSeq, records } = feed.read(seq, pieceEvents);
      seq = Math.max(seq, firstSeq + records.length - 1);
      at = records.at(-1)?.id ?? at;
      const frames = records.filter(matches).map((event) => eventFrame(event, source));
      const silentMs = clock.monotonic() - sentAtMs;
      if (frames.length > 0 || silentMs >= signOfLifeMs) {
        sentAtMs = clock.monotonic();
        yield frames.join('') || positionFrame(at);
      } else if (records.length > 0) await nextTurn();
      else await wakeUp.wait(signOfLifeMs - silentMs);
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', wakeUp.notify);
  }
}

/** The id of an event that is not kept any more is not known; what follows it is all that is. */
function idAt(feed: EventFeed, seq: number): string {
  const { firstSeq, records } = feed.read(Math.max(0, seq - 1), 1);
  return (firstSeq === seq ? records[0]?.id : undefined) ?? beforeAll;
}

const positionFrame = (id: string): string => `: alive\nid: ${id}\n\n`;

/** JSON in one line: what would end a line in a string is escaped there. */
const eventFrame = (event: LivenessEvent, source: string): string =>
  `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(cloudEvent(event, source))}\n\n`;
