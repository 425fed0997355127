import { createTransport } from 'nodemailer';
import { type Outcome, retry } from '../../contract/outcome.ts';
import type { Secret } from '../../contract/values/secret.ts';
import type { Mailbox } from './mailbox.ts';
import type { Message } from './message.ts';
import {
  classifySmtpError,
  type Judged,
  refusalsOf,
  sentSchema,
  smtpErrorSchema,
} from './smtp-answer.ts';

export type MailServer = {
  readonly host: string;
  readonly port: number;
  /**
   * `starttls`: encrypted before anything is said, or nothing is; `optional`: where the server
   * offers it; `tls`: from the first byte; `none`.
   */
  readonly encryption: 'starttls' | 'optional' | 'tls' | 'none';
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Certificates (PEM) of the authorities to trust instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** Accept any certificate: for test installations only. */
  readonly insecure: boolean;
};

export type Letterhead = {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly replyTo?: Mailbox | undefined;
};

/** Hands a message to the server, for some of its recipients. One conversation a message. */
export type Smtp = {
  send(
    message: Message,
    recipients: readonly string[],
    options: SendOptions,
  ): Promise<Judged | Outcome>;
};

type SendOptions = { readonly date: Date; readonly signal: AbortSignal };

export function createSmtp(
  server: MailServer,
  { from, to, replyTo }: Letterhead,
  timeoutMs: number,
): Smtp {
  const transport = createTransport(transportOptions(server, timeoutMs));

  return {
    async send({ messageId, inReplyTo, headers, ...message }, recipients, { date, signal }) {
      const enough = AbortSignal.timeout(timeoutMs);
      try {
        const sent = await transport.sendMail({
          ...message,
          from,
          to: [...to],
          ...(replyTo ? { replyTo } : {}),
          date,
          messageId,
          inReplyTo,
          headers: { ...headers },
          envelope: { from: from.address, to: [...recipients] },
          signal: AbortSignal.any([signal, enough]),
          // Texts are data: nothing in them names a file or an address to read.
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        const { accepted, rejectedErrors } = sentSchema.parse(sent);
        return { kind: 'judged', accepted, refused: refusalsOf(rejectedErrors) };
      } catch (error) {
        if (signal.aborted) return retry('aborted', 'the message was given up');
        if (enough.aborted) return retry('timeout', `the mail server: not done in ${timeoutMs} ms`);
        const known = smtpErrorSchema.safeParse(error);
        if (!known.success) throw error;
        return classifySmtpError(known.data);
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
    ...(username === undefined
      ? {}
      : // A server that offers no login is not given the message without one.
        { auth: { user: username, pass: password?.reveal() ?? '' }, forceAuth: true }),
    tls: { rejectUnauthorized: !insecure, ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A server that hangs does not close its side of a conversation that we gave up.
    socketCloseTimeout: 1_000,
  };
}
