import { readFileSync } from 'node:fs';
import type { EmailConfig } from '../../config/sections/notifiers/email.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Destination, delivered } from '../../contract/outcome.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier } from '../notifier.ts';
import { type ComposeMessage, messageOf } from './message.ts';
import { createRecipients } from './recipients.ts';
import { type Addresses, createSmtp, domainOf, type MailServer, mailboxOf } from './smtp.ts';

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
    // Each session is closed when it is over.
    close: () => undefined,
  };
}

function mailServer(config: EmailConfig): MailServer {
  const { host, hello, caFile, insecure, username, password } = config;
  const encryption = config.encryption ?? (username === undefined ? 'optional' : 'starttls');
  return {
    host,
    port: config.port ?? (encryption === 'tls' ? 465 : 587),
    encryption,
    hello,
    username,
    password,
    ca: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
    insecure,
  };
}

/** Sends each batch of events as one message. The same batch sent again has the same Message-ID. */
export function createEmailDestination(
  options: Addresses &
    Pick<Runtime, 'clock' | 'log'> & {
      readonly name: string;
      readonly server: MailServer;
      /** Longest time of a session with the server. */
      readonly timeoutMs: number;
      /** Composes the message; default: a digest of the events. */
      readonly compose?: ComposeMessage;
    },
): Destination<LivenessEvent> {
  const { name, server, from, to, clock, timeoutMs, compose = messageOf } = options;
  const smtp = createSmtp(server, options, timeoutMs);
  const recipients = createRecipients(
    to.map(({ address }) => address),
    options,
  );
  const domain = domainOf(from.address);

  return async (batch, signal) => {
    if (batch.length === 0) return delivered;
    const message = compose(batch, { notifier: name, domain });
    const { messageId } = message;
    const missing = recipients.missing(messageId);
    const date = new Date(clock.now());
    const result = await smtp.send(message, missing, { date, signal });
    return result.kind === 'sent' ? recipients.outcomeOf(messageId, result) : result;
  };
}
