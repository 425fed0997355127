import { createHash } from 'node:crypto';
import type { LivenessEvent } from '../../contract/event.ts';

/**
 * The ids of messages, all of them derived: nothing is remembered, so a restart changes nothing.
 *
 *   Message-ID   from the notifier's name and the ids of the events. The same events sent again
 *                have the same one, by which mailboxes and people can tell.
 *   References   the thread of the component that the headline names first. No message has that
 *                id; mail programs put all that refer to it into one thread all the same.
 *   In-Reply-To  the threads of all components that the message tells of (RFC 5322, 3.6.4: a message
 *                with several parents names them there, and not in References).
 */
export type MessageIds = {
  readonly messageId: string;
  readonly references: string;
  readonly inReplyTo: string;
};

/** A header has to end somewhere. */
const maxParents = 20;

export function messageIds(
  events: readonly LivenessEvent[],
  lead: LivenessEvent['subject'],
  { notifier, domain }: { readonly notifier: string; readonly domain: string },
): MessageIds {
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
