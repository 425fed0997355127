import type { LivenessEvent } from '../contract/event.ts';
import type { Destination } from '../contract/outcome.ts';

/** A destination of events, and the settings of its pump. */
export type Notifier = {
  readonly deliver: Destination<LivenessEvent>;
  /** Most events in a call; 1 where each event is one message. */
  readonly batchRecords: number;
  /** Time that events which do not fill a call wait for more: the window in which they are grouped. */
  readonly batchWaitMs: number;
  /**
   * Whether the event ends an earlier notification. Such an event is delivered although a rule excludes
   * its kind or a silence suppresses it, so that every reported beginning gets its end. The notifier
   * leaves out its other content.
   */
  readonly ends?: (event: LivenessEvent) => boolean;
  /** Longest wait between attempts, where the one of `delivery.backoff` is too long. */
  readonly maxBackoffMs?: number;
  /** Closes connections; no delivery follows. */
  close(): void;
};

/**
 * Returns the events for the notifier that are already in the log behind the given ones; at most some
 * thousands.
 */
export type LookAhead = (events: readonly LivenessEvent[]) => AsyncIterable<LivenessEvent>;

/** The events for the notifier in the log. Reads find nothing while the store fails. */
export type RoutedLog = {
  readonly lookAhead: LookAhead;
  /** Number of an event in the log. */
  seqOf(event: LivenessEvent): number;
  /** Some thousand events behind a number at most; `lastSeq` is the number up to which it read. */
  readAfter(seq: number): { readonly events: readonly LivenessEvent[]; readonly lastSeq: number };
  /** Newest events of the instance of an event, from behind that event. */
  newestOf(event: LivenessEvent): readonly LivenessEvent[];
};
