import { z } from 'zod';
import { integer, nonEmptyText } from '../kinds.ts';
import { givenSecret, notifierFields, reject, rejectHalfLogin, tlsFields } from './shared.ts';

const mailbox = String.raw`[^\s\p{Cc}<>@",;:()[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?`;
const anAddress = 'an address: ops@example.org, or Operators <ops@example.org>';

/** Excludes text that ends a header or begins another address. */
const address = () =>
  z
    .string()
    .regex(new RegExp(`^(?:${mailbox}|"?[^<>"\\p{Cc}]{0,200}"? *<${mailbox}>)$`, 'u'))
    .meta({ expects: anAddress });

const settings = z.strictObject({
  ...notifierFields(),
  type: z.literal('email'),
  host: nonEmptyText().describe('Mail server.'),
  port: integer(1, 65_535)
    .optional()
    .describe('Port of the mail server; default: 587, with encryption `tls` 465.'),
  encryption: z
    .enum(['starttls', 'tls', 'optional', 'none'])
    .optional()
    .describe(
      '`starttls`: before any message; `tls`: from the first byte; `optional`: STARTTLS if the server offers it; `none`. Default: `starttls` with a login, otherwise `optional`.',
    ),
  hello: z
    .string()
    .regex(/^(?=.{1,255}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^\[[0-9A-Fa-f:.]{2,45}\]$/)
    .optional()
    .meta({
      description: 'Name of this client for the mail server (EHLO); default: the domain of `from`.',
      expects: 'a host name such as heartbeat.example.org, or an address in brackets',
    }),
  ...tlsFields(),
  username: nonEmptyText().optional().describe('User name; without it there is no login.'),
  password: givenSecret().optional().describe('Its password, a secret or {file: …}.'),
  from: address().describe('Sender of the messages.'),
  to: z.array(address()).min(1).max(100).describe('Recipients of the messages.'),
  replyTo: address().optional().describe('Address for replies.'),
  groupSeconds: integer(0, 3_600)
    .default(30)
    .describe('Events within this time are sent as one message.'),
  maxEvents: integer(1, 1_000).default(100).describe('Maximum number of events in a message.'),
  timeoutSeconds: integer(1, 600).default(30).describe('Time limit of one SMTP session.'),
});

export const emailNotifier = settings
  .superRefine(rejectHalfLogin)
  .superRefine(({ username, encryption }, context) => {
    if (username === undefined || encryption !== 'optional') return;
    reject(context, 'encryption', 'starttls or tls, or none where the way to the server is safe');
  })
  .describe('Sends the events of a window as one e-mail.');

export type EmailConfig = z.output<typeof emailNotifier>;
