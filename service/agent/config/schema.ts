import { z } from 'zod';
import {
  certificateFile,
  httpAddress,
  integer,
  nonEmptyText,
  withoutEnds,
} from '../../config/sections/kinds.ts';
import { givenSecret } from '../../config/sections/notifiers/shared.ts';
import { logLevels } from '../../runtime/log.ts';
import { identity, limitSeconds, notOkPolicies, probeSchema, seconds } from './probes.ts';

const aToken = 'a token, or {file: …}';

/** A token in a file is read for each request, so that it can be replaced. */
const tokenSource = () =>
  z
    .union([z.string().regex(/^[\x21-\x7e]+$/), z.strictObject({ file: nonEmptyText() })])
    .meta({ expects: aToken, secret: true });

const tlsFields = () => ({
  caFile: certificateFile().optional().describe('Certificates (PEM) to trust.'),
  certFile: nonEmptyText().optional().describe('Client certificate (PEM).'),
  keyFile: nonEmptyText().optional().describe('Its private key (PEM).'),
});

const serviceSection = z
  .strictObject({
    urls: z
      .array(httpAddress())
      .min(1)
      .max(16)
      .meta({ expects: 'a list of http:// or https:// addresses' })
      .describe('Addresses of the service, tried in turn.'),
    token: tokenSource().optional().describe('Default: HEARTBEAT_TOKEN or HEARTBEAT_TOKEN_FILE.'),
    ...tlsFields(),
    timeoutSeconds: limitSeconds().default(10).describe('Time limit of a request.'),
  })
  .describe('The service, by HTTP.');

const anAmqpAddress = 'an amqp:// or amqps:// address without user and password';
export const amqpAddress = () =>
  withoutEnds(z.string())
    .refine(isAmqpAddress, { error: anAmqpAddress })
    .meta({ expects: anAmqpAddress });

function isAmqpAddress(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^amqps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === ''
  );
}

const amqpSection = z
  .strictObject({
    url: amqpAddress().describe('Address of the broker, with the virtual host as its path.'),
    username: nonEmptyText().optional().describe('User name.'),
    password: givenSecret().optional().describe('Its password, a secret or {file: …}.'),
    ...tlsFields(),
    exchange: z.string().default('').describe('Exchange; the default one routes to a queue.'),
    routingKey: nonEmptyText()
      .default('heartbeats')
      .describe('Routing key; of the default exchange the name of a queue.'),
  })
  .describe('RabbitMQ, instead of HTTP or when no address of the service responds.');

const rabbitmqSection = z
  .strictObject({
    url: httpAddress().default('http://127.0.0.1:15672').describe('Address of the management API.'),
    username: nonEmptyText().default('guest').describe('User name.'),
    password: givenSecret().prefault('guest').describe('Its password, a secret or {file: …}.'),
    vhost: nonEmptyText().default('/').describe('Virtual host of queues without one.'),
    caFile: certificateFile().optional().describe('Certificates (PEM) to trust.'),
  })
  .prefault({})
  .describe('Management API of the RabbitMQ that the `rabbitmq` probes check.');

/** Settings of the agent's file. */
export const agentSchema = z.strictObject({
  instance: identity()
    .optional()
    .describe('Instance of components without one; default: host name.'),
  intervalSeconds: seconds().default(30).describe('Time between the checks of a probe.'),
  timeoutSeconds: limitSeconds().default(5).describe('Time limit of a check.'),
  notOk: z
    .enum(notOkPolicies)
    .default('once')
    .describe(
      'Heartbeats with `status: not_ok` while a check is not OK: only the first one, so that the instance becomes late and down; all, so that it stays up; or none.',
    ),
  self: z
    .strictObject({
      name: identity().default('ge-heartbeat-agent').describe('Name of its component.'),
      intervalSeconds: seconds().default(30).describe('Time between its heartbeats.'),
    })
    .prefault({})
    .describe("The agent's own heartbeat."),
  service: serviceSection.optional(),
  amqp: amqpSection.optional(),
  spool: z
    .strictObject({
      folder: nonEmptyText()
        .optional()
        .describe('Folder of heartbeats that wait; default: STATE_DIRECTORY, or ./agent-data.'),
      maxBytes: integer(1_048_576, 1_099_511_627_776)
        .default(67_108_864)
        .describe('Maximum size; beyond it, the oldest heartbeats are dropped.'),
    })
    .prefault({})
    .describe('Durable log of heartbeats that wait until a destination responds.'),
  rabbitmq: rabbitmqSection,
  log: z
    .strictObject({ level: z.enum(logLevels).default('info').describe('Minimum severity.') })
    .prefault({})
    .describe('Log: JSON lines on standard output.'),
  probes: z
    .array(probeSchema)
    .max(10_000)
    .default([])
    .describe('What the agent checks; each probe sends the heartbeats of one instance.'),
});
export type AgentConfig = z.output<typeof agentSchema>;
