import type { LivenessEvent } from '../contract/event.ts';
import type { Destination } from '../contract/outcome.ts';

/** A destination of events, and how the pump is to bring them. */
export type Notifier = {
  readonly deliver: Destination<LivenessEvent>;
  /** Most events in a call; 1 where each is a message of its own. */
  readonly batchRecords: number;
  /** How long events that do not fill a call wait for more: the window in which they are grouped. */
  readonly batchWaitMs: number;
  /**
   * Whether the event ends what was told before. Those go whatever a rule says of kinds, and though a
   * silence keeps them from being told: who was told of a beginning and never of an end would wait
   * for it. What else such an event says is for the notifier to leave out.
   */
  readonly ends?: (event: LivenessEvent) => boolean;
  /** The longest wait between attempts, where that of `delivery.backoff` is too long. */
  readonly maxBackoffMs?: number;
  /** Lets go of connections; nothing is delivered afterwards. */
  close(): void;
};

/**
 * The events that are in the log already behind those at hand and concern the notifier too, some
 * thousands of them at most.
 */
export type LookAhead = (events: readonly LivenessEvent[]) => AsyncIterable<LivenessEvent>;
