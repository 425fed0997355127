import { z } from 'zod';
import { httpAddress, integer, nonEmptyText, secretText } from '../kinds.ts';
import { rejectHalfLogin } from '../notifiers/shared.ts';

const mailSection = z
  .strictObject({
    recipients: z.array(nonEmptyText()).max(100).default([]).describe('Recipients of the mails.'),
    fromAddress: nonEmptyText().optional().describe('Sender of the mails.'),
    replyTo: nonEmptyText().optional().describe('Address for replies; default: the sender.'),
    host: nonEmptyText().optional().describe('Mail server.'),
    port: integer(1, 65_535).optional().describe('Port of the mail server.'),
    tls: z.boolean().default(false).describe('Encrypt with STARTTLS, and log in.'),
    username: nonEmptyText().optional().describe('User name; used with tls only.'),
    password: secretText().optional().meta({ description: 'Its password.', secret: true }),
    insecure: z
      .boolean()
      .default(false)
      .describe("Trust any certificate of the mail server, as lvmbeat's own monitor does."),
  })
  .prefault({})
  .describe('Mail server of the monitor. What is missing is the response to /test/email.');

const slackSection = z
  .strictObject({
    token: secretText()
      .optional()
      .meta({ description: 'Token of the Slack application.', secret: true }),
    channel: nonEmptyText().default('lvm-alerts').describe('Channel of the messages.'),
    url: httpAddress().default('https://slack.com/api/').describe("Address of Slack's API."),
  })
  .prefault({})
  .describe('Slack messages of the monitor.');

const amqpSection = z
  .strictObject({
    url: z
      .string()
      .regex(/^amqps?:\/\/[^\s@]+$/)
      .optional()
      .meta({
        description: 'Address of RabbitMQ; without it there is no actor.',
        expects: 'an amqp:// or amqps:// address without user and password',
      }),
    username: nonEmptyText().optional().describe('User name; default: guest.'),
    password: secretText().optional().meta({ description: 'Its password.', secret: true }),
    exchange: nonEmptyText().default('sdss_exchange').describe('Topic exchange of all actors.'),
    actor: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/)
      .default('lvmbeat')
      .meta({ description: 'Name of the actor.', expects: '1 to 100 of letters, digits, _ and -' }),
  })
  .superRefine(rejectHalfLogin)
  .prefault({})
  .describe('Actor on RabbitMQ.');

const heartbeat = z.strictObject({
  name: z.string().min(1).max(255).describe('Name of the heartbeat: the component.'),
  critical: z.boolean().default(true).describe('Whether the dome is closed without it.'),
});

export const lvmbeatSection = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Serve the routes of the outside monitor.'),
    host: nonEmptyText().optional().describe('Address to listen on, if it differs from http.host.'),
    port: integer(0, 65_535).default(8_085).describe('Port to listen on; 0 selects a free one.'),
    underMain: z.boolean().default(false).describe('Serve them below /lvmbeat/ of http.port too.'),
    open: z
      .boolean()
      .default(false)
      .describe(
        'Allow every request on that port, also when tokens are configured: clients of this protocol have no tokens.',
      ),
    env: z
      .boolean()
      .default(false)
      .describe("Read lvmbeat's own variables: LVMBEAT_EMAIL_HOST and the others."),
    version: z
      .string()
      .regex(/^[^*?]{1,255}$/)
      .default('lvmbeat')
      .meta({
        description: 'Version of its components.',
        expects: 'text of up to 255 characters without * and ?',
      }),
    site: z
      .string()
      .min(1)
      .max(100)
      .regex(/^\P{Cc}*$/u)
      .default('LCO internet')
      .describe('Name of what is monitored, in subjects and texts; the component.'),
    sendEmailAfterSeconds: integer(1, 31_536_000)
      .default(300)
      .describe('Absence after which the monitor raises its alert.'),
    startMonitor: z
      .boolean()
      .default(true)
      .describe('Raise alerts by itself; otherwise only /notify does.'),
    mail: mailSection,
    slack: slackSection,
    amqp: amqpSection,
    heartbeats: z
      .array(heartbeat)
      .max(1_000)
      .default([])
      .describe('Heartbeats that the actor accepts: {name, critical}.'),
    timeoutSeconds: integer(1, 86_400)
      .default(30)
      .describe('Absence after which a heartbeat of the actor is not current.'),
  })
  .prefault({})
  .describe('Protocols of lvmbeat: its outside monitor, and its actor on RabbitMQ.');

export type LvmbeatConfig = z.output<typeof lvmbeatSection>;
