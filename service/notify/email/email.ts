import { readFileSync } from 'node:fs';
import type { EmailConfig } from '../../config/sections/notifiers/email.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Destination, delivered } from '../../contract/outcome.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier } from '../notifier.ts';
import { domainOf, mailboxOf } from './mailbox.ts';
import { messageOf } from './message.ts';
import { createRecipients } from './recipients.ts';
import { createSmtp, type Letterhead, type MailServer } from './smtp.ts';

export function createEmail(
  config: EmailConfig,
  { clock, log }: Pick<Runtime, 'clock' | 'log'>,
): Notifier {
  const { name, from, to, replyTo, groupSeconds, maxEvents, timeoutSeconds } = config;
  return {
    deliver: createEmailDestination({
      name,
      server: mailServer(config),
      from: mailboxOf(from),
      to: to.map(mailboxOf),
      replyTo: replyTo === undefined ? undefined : mailboxOf(replyTo),
      timeoutMs: timeoutSeconds * 1_000,
      clock,
      log: log.child({ notifier: name }),
    }),
    batchRecords: maxEvents,
    batchWaitMs: groupSeconds * 1_000,
    // Each conversation is closed when it is over.
    close: () => undefined,
  };
}

function mailServer(config: EmailConfig): MailServer {
  const { host, caFile, insecure, username, password } = config;
  const encryption = config.encryption ?? (username === undefined ? 'optional' : 'starttls');
  return {
    host,
    port: config.port ?? (encryption === 'tls' ? 465 : 587),
    encryption,
    username,
    password,
    ca: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
    insecure,
  };
}

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
  const recipients = createRecipients(
    to.map(({ address }) => address),
    options,
  );
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
