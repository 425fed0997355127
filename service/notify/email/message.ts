import type { LivenessEvent } from '../../contract/event.ts';
import { digestOf } from '../digest/digest.ts';
import { htmlText } from './html.ts';
import { messageIds } from './ids.ts';
import { plainText } from './plain-text.ts';

/** A message, whole but for its addresses and its date. */
export type Message = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With their angle brackets, as they stand in the headers. */
  readonly messageId: string;
  readonly references: string;
  readonly inReplyTo: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** All that happened in one window, as one message. */
export function messageOf(
  events: readonly LivenessEvent[],
  { notifier, domain }: { readonly notifier: string; readonly domain: string },
): Message {
  const digest = digestOf(events);
  const footer = `Sent by GE Heartbeat, notifier ${notifier}.`;
  return {
    subject: digest.headline,
    text: plainText(digest, footer),
    html: htmlText(digest, footer),
    ...messageIds(events, digest.lead, { notifier, domain }),
    headers: {
      'X-Heartbeat-Event-Ids': events.map(({ id }) => id).join(' '),
      // So that nobody's "I am on holiday" comes back (RFC 3834, and what Exchange reads).
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
  };
}
