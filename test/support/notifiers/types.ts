import type { CloudEvent } from '../../../service/contract/cloud-event.ts';
import type { Identity } from '../../../service/contract/instance.ts';
import { alertmanagerType } from './alertmanager.ts';
import { emailType } from './email.ts';
import { slackType } from './slack.ts';
import { stateManagerType } from './state-manager.ts';
import { webhookType } from './webhook.ts';

/** A type of notifier, for tests that every one of them has to pass with the whole service. */
export type NotifierType = {
  readonly type: string;
  /** Starts its recipient: a real server on 127.0.0.1. */
  startReceiver(): Promise<Receiver>;
  /**
   * How an event is known again in what the receiver got: its id, or what the message has of it.
   * Undefined for an event that is not delivered.
   */
  markOf(event: CloudEvent): string | undefined;
  /** Sender of the heartbeats, where not all instances are reported. */
  readonly identities?: readonly Identity[];
  /** The attempts, counted from 1, behind which it dies; 1 and 3 where it is not said. */
  readonly deadlyAttempts?: readonly number[];
  /** The newest state stands for those before it: not every one of them has to arrive. */
  readonly newestWins?: true;
};

export type Receiver = {
  /** The notifier's settings, without name and type, that lead to it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The marks of what has arrived, in its order; what came twice is there twice. */
  marks(): readonly string[];
  stop(): Promise<void>;
};

/** One row for each type. */
export const notifierTypes: readonly NotifierType[] = [
  webhookType,
  emailType,
  slackType,
  alertmanagerType,
  stateManagerType,
];
