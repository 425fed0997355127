import { z } from 'zod';
import { whole } from '../kinds.ts';
import { givenSecret, notifierFields } from './shared.ts';
import { tlsFields } from './tls.ts';

const mailbox = String.raw`[^\s\p{Cc}<>@",;:()[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?`;
const anAddress = 'an address: ops@example.org, or Operators <ops@example.org>';

/** Nothing that could end a header or begin another address. */
const address = () =>
  z
    .string()
    .regex(new RegExp(`^(?:${mailbox}|"?[^<>"\\p{Cc}]{0,200}"? *<${mailbox}>)$`, 'u'))
    .meta({ expects: anAddress });

const settings = z.strictObject({
  ...notifierFields(),
  type: z.literal('email'),
  host: z.string().min(1).describe('The mail server.'),
  port: whole(1, 65_535).optional().describe('Its port: 587, with encryption `tls` 465.'),
  encryption: z
    .enum(['starttls', 'tls', 'optional', 'none'])
    .optional()
    .describe(
      '`starttls`: nothing is said before it; `tls`: from the first byte; `optional`: STARTTLS where the server offers it; `none`. With a login `starttls`, otherwise `optional`.',
    ),
  ...tlsFields(),
  username: z.string().min(1).optional().describe('Name to log in with; none without.'),
  password: givenSecret().optional().describe('Its password, a secret or {file: …}.'),
  from: address().describe('Who the messages are from.'),
  to: z.array(address()).min(1).max(100).describe('Who gets them.'),
  replyTo: address().optional().describe('Where answers go.'),
  groupSeconds: whole(0, 3_600)
    .default(30)
    .describe('What happens within so many seconds comes as one message.'),
  maxEvents: whole(1, 1_000).default(100).describe('Most events in a message.'),
  timeoutSeconds: whole(1, 600).default(30).describe('Time for one conversation with the server.'),
});

export const emailNotifier = settings
  .superRefine(({ username, password, encryption }, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (username !== undefined && password === undefined) complain('password', 'one for username');
    if (username === undefined && password !== undefined) complain('username', 'one for password');
    if (username !== undefined && encryption === 'optional') {
      complain('encryption', 'starttls or tls, or none where the way to the server is safe');
    }
  })
  .describe('Sends what happens within a window as one e-mail.');

export type EmailConfig = z.output<typeof emailNotifier>;
