import type { LivenessEvent } from '../../contract/event.ts';
import { type Destination, delivered } from '../../contract/outcome.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { messageOf } from './message.ts';
import { createRecipients } from './recipients.ts';
import { addressOf, createSmtp, domainOf, type Letterhead, type MailServer } from './smtp.ts';

/**
 * Events to people, a batch in one message. To send again is recognisable: the same batch has the
 * same Message-ID. What `Message` says of ids holds across restarts.
 */
export function createEmailDestination(
  options: Letterhead &
    Pick<Runtime, 'clock' | 'log'> & {
      readonly name: string;
      readonly server: MailServer;
      /** Bounds a whole conversation with the server. */
      readonly timeoutMs: number;
    },
): Destination<LivenessEvent> {
  const { name, server, from, to, clock, timeoutMs } = options;
  const smtp = createSmtp(server, options, timeoutMs);
  const recipients = createRecipients(to.map(addressOf), options);
  const domain = domainOf(from);

  return async (batch, signal) => {
    if (batch.length === 0) return delivered;
    const message = messageOf(batch, { notifier: name, domain });
    const { messageId } = message;
    const missing = recipients.missing(messageId);
    const date = new Date(clock.now());
    const answer = await smtp.send(message, missing, { date, signal });
    return answer.kind === 'judged' ? recipients.judge(messageId, answer) : answer;
  };
}
