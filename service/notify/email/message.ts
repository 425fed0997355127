import { createHash } from 'node:crypto';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Digest, type DigestLine, digestOf } from '../digest.ts';
import { htmlText } from './html.ts';

/** A message without its addresses and its date. */
export type Message = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Ids with their angle brackets, as in the headers. */
  readonly messageId: string;
  readonly references: string;
  readonly inReplyTo: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type ComposeMessage = (events: readonly LivenessEvent[], sender: Sender) => Message;

type Sender = { readonly notifier: string; readonly domain: string };

/** The events of one window as one message. */
export function messageOf(events: readonly LivenessEvent[], sender: Sender): Message {
  const digest = digestOf(events);
  const footer = `Sent by GE Heartbeat, notifier ${sender.notifier}.`;
  return {
    subject: digest.title,
    text: plainText(digest, footer),
    html: htmlText(digest, footer),
    ...messageIds(events, digest.lead, sender),
    headers: messageHeaders(events),
  };
}

export const messageHeaders = (events: readonly LivenessEvent[]): Message['headers'] => ({
  'X-Heartbeat-Event-Ids': events.map(({ id }) => id).join(' '),
  // Prevents automatic replies (RFC 3834, and the header that Exchange reads).
  'Auto-Submitted': 'auto-generated',
  'X-Auto-Response-Suppress': 'All',
});

function plainText({ title, lines }: Digest, footer: string): string {
  return [title, '', ...lines.flatMap(paragraph), '-- ', footer, ''].join('\n');
}

function paragraph({ status, component, instance, reason, time }: DigestLine): string[] {
  const subject = instance === undefined ? component : `${component}, instance ${instance}`;
  return [`${status.label}  ${subject}`, `  ${reason}`, `  ${time}`, ''];
}

/** Bounds the length of a header. */
const maxParents = 20;

/**
 * The ids of a message. All of them are derived and none is stored, so a restart changes nothing.
 *
 *   Message-ID   from the notifier's name and the ids of the events. The same events sent again
 *                have the same one, so duplicates can be recognised.
 *   References   the thread of the first component in the title. No message has that id, but mail
 *                programs group all messages that refer to it into one thread.
 *   In-Reply-To  the threads of all components of the message (RFC 5322, 3.6.4: a message with
 *                several parents names them there, and not in References).
 */
export function messageIds(
  events: readonly LivenessEvent[],
  lead: LivenessEvent['subject'],
  { notifier, domain }: Sender,
): Pick<Message, 'messageId' | 'references' | 'inReplyTo'> {
  const idOf = (kind: string, parts: readonly string[]): string => {
    const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
    return `<${kind}.${digest}@${domain}>`;
  };
  const threadOf = (subject: LivenessEvent['subject']): string =>
    idOf('thread', subject ? [subject.name, subject.version] : []);

  const references = threadOf(lead);
  const parents = new Set([references, ...events.map(({ subject }) => threadOf(subject))]);
  return {
    messageId: idOf('events', [notifier, ...events.map(({ id }) => id)]),
    references,
    inReplyTo: [...parents].slice(0, maxParents).join(' '),
  };
}
