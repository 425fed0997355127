import type { LivenessEvent } from '../contract/event.ts';
import type { Destination } from '../contract/outcome.ts';

/** A destination of events, and how the pump is to bring them. */
export type Notifier = {
  readonly deliver: Destination<LivenessEvent>;
  /** Most events in a call; 1 where each is a message of its own. */
  readonly batchRecords: number;
  /** How long events that do not fill a call wait for more: the window in which they are grouped. */
  readonly batchWaitMs: number;
  /** Lets go of connections; nothing is delivered afterwards. */
  close(): void;
};
