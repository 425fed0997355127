import type { CloudEvent } from '../../../service/contract/cloud-event.ts';
import type { Identity } from '../../../service/contract/instance.ts';

/** A type of notifier, for tests that every type has to pass with the whole service. */
export type NotifierType = {
  readonly type: string;
  /** Starts a real server of the type on 127.0.0.1. */
  startReceiver(): Promise<Receiver>;
  /**
   * Identifies an event in the messages of the receiver: its id, or the part of the event that a
   * message has. Undefined for an event without a message.
   */
  markOf(event: CloudEvent): string | undefined;
  /** Instances that send heartbeats, if the type does not notify for the default ones. */
  readonly identities?: readonly Identity[];
  /** Attempts, counted from 1, after which the service dies; 1 and 3 by default. */
  readonly deadlyAttempts?: readonly number[];
  /** The newest state replaces older ones: not every event has to arrive. */
  readonly newestWins?: true;
};

export type Receiver = {
  /** The notifier's settings for this receiver, without name and type. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The marks of the received messages, in their order and with duplicates. */
  marks(): readonly string[];
  stop(): Promise<void>;
};
