import { createTransport } from 'nodemailer';
import { defined } from '../../contract/defined.ts';
import { type Outcome, retry } from '../../contract/outcome.ts';
import type { Secret } from '../../contract/values/secret.ts';
import type { Message } from './message.ts';
import { classifySmtpError, type SmtpResult, smtpResult } from './smtp-response.ts';

export type MailServer = {
  readonly host: string;
  readonly port: number;
  /**
   * `starttls`: always encrypted; `optional`: encrypted if the server offers it; `tls`: from the
   * first byte; `none`.
   */
  readonly encryption: 'starttls' | 'optional' | 'tls' | 'none';
  /** Name of this client in EHLO; default: the domain of the sender. */
  readonly hello?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Certificates (PEM) of the authorities to trust instead of the built-in ones. */
  readonly ca?: string | undefined;
  /** Accept any certificate: for test installations only. */
  readonly insecure: boolean;
};

/** An address and its display name. */
type Mailbox = { readonly name: string; readonly address: string };

/** Reads `Operators <ops@example.org>`, also with the name in quotes, or an address alone. */
export function mailboxOf(text: string): Mailbox {
  const [, name = '', address = text] = /^(.*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address };
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** The addresses in the header of a message. */
export type Addresses = {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly replyTo?: Mailbox | undefined;
};

/** Sends messages, each to some of its recipients, with a session for each message. */
type Smtp = {
  send(
    message: Message,
    recipients: readonly string[],
    options: { readonly date: Date; readonly signal: AbortSignal },
  ): Promise<SmtpResult | Outcome>;
};

export function createSmtp(
  server: MailServer,
  { from, to, replyTo }: Addresses,
  timeoutMs: number,
): Smtp {
  const transport = createTransport({
    // Strict relays refuse a name without a dot and an address, which is all that a pod has.
    name: server.hello ?? domainOf(from.address),
    ...transportOptions(server, timeoutMs),
  });
  return {
    async send({ messageId, inReplyTo, headers, ...message }, recipients, { date, signal }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const sent = await transport.sendMail({
          ...message,
          ...defined({ replyTo }),
          from,
          to: [...to],
          date,
          messageId,
          inReplyTo,
          headers: { ...headers },
          envelope: { from: from.address, to: [...recipients] },
          signal: AbortSignal.any([signal, timeout]),
          // Texts are data: no text is the name of a file or an address to read.
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        return smtpResult(sent);
      } catch (error) {
        if (signal.aborted) return retry('aborted', 'sending the message was aborted');
        if (timeout.aborted) {
          return retry('timeout', `the mail server: not done in ${timeoutMs} ms`);
        }
        return classifySmtpError(error);
      }
    },
  };
}

function transportOptions(server: MailServer, timeoutMs: number) {
  const { host, port, encryption, username, password, ca, insecure } = server;
  return {
    host,
    port,
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    // Without `forceAuth`, a server that offers no login would get the message without one.
    ...(username === undefined
      ? {}
      : { auth: { user: username, pass: password?.reveal() ?? '' }, forceAuth: true }),
    tls: { rejectUnauthorized: !insecure, ...defined({ ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A server that hangs does not close its side of an aborted session.
    socketCloseTimeout: 1_000,
  };
}
