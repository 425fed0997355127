import { z } from 'zod';
import { certificateFile, integer, nonEmptyText, secretText } from './kinds.ts';
import { reject, rejectHalfLogin } from './notifiers/shared.ts';

const anAddress = 'an amqp:// or amqps:// address with the virtual host, without user and password';

/** The virtual host is the path: none for `/`, and percent-encoded where it contains a slash. */
export const amqpAddress = () =>
  z.string().refine(isAmqpAddress, { error: anAddress }).meta({ expects: anAddress });

function isAmqpAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^amqps?:\/\/[^\s/?#@]+(\/[^\s/?#]*)?$/.test(text)) return false;
  try {
    decodeURIComponent(url.pathname);
    return url.hostname !== '';
  } catch {
    return false;
  }
}

const aQueueName = 'the name of a queue: 1 to 255 bytes';
const queueName = () =>
  z
    .string()
    .refine((name) => name !== '' && Buffer.byteLength(name) <= 255, { error: aQueueName })
    .meta({ expects: aQueueName });

const queue = z
  .union([
    queueName().transform((name) => ({ name })),
    z.strictObject({
      name: queueName().describe('Name of the queue.'),
      deadLetterQueue: queueName()
        .optional()
        .describe('Queue of its rejected messages; default: its name and `.rejected`.'),
    }),
  ])
  .transform((given: { name: string; deadLetterQueue?: string | undefined }) => ({
    name: given.name,
    deadLetterQueue: given.deadLetterQueue ?? `${given.name}.rejected`,
  }))
  .meta({ expects: 'the name of a queue, or {name, deadLetterQueue}' });

const amqpSection = z
  .strictObject({
    url: amqpAddress()
      .optional()
      .describe(
        'Address of RabbitMQ, `amqp://host:5672/vhost` or `amqps://…`; without it no queue is consumed.',
      ),
    username: nonEmptyText()
      .optional()
      .describe(
        'User name; default: guest, or with a client certificate the name that RabbitMQ takes from it.',
      ),
    password: secretText().optional().meta({ description: 'Password of the user.', secret: true }),
    caFile: certificateFile()
      .optional()
      .describe('File with the certificates (PEM) to trust instead of the well-known ones.'),
    certFile: certificateFile().optional().describe('Client certificate (PEM).'),
    keyFile: nonEmptyText().optional().describe('Private key of the client certificate (PEM).'),
    queues: z
      .array(queue)
      .min(1)
      .prefault(['heartbeats'])
      .describe(
        'Queues with heartbeats: names, or {name, deadLetterQueue}. Rejected messages go to the dead-letter queue, by default the name and `.rejected`.',
      ),
    declare: z
      .boolean()
      .default(true)
      .describe('Declare the queues as durable; with `false` all of them must exist already.'),
    prefetch: integer(1, 65_535)
      .default(250)
      .describe('Maximum number of messages of a queue that are under way to the disk.'),
  })
  .superRefine((amqp, context) => {
    rejectHalfLogin(amqp, context);
    if (amqp.certFile !== undefined && amqp.keyFile === undefined) {
      reject(context, 'keyFile', 'the key of intake.amqp.certFile');
    }
    if (amqp.keyFile !== undefined && amqp.certFile === undefined) {
      reject(context, 'certFile', 'the certificate of intake.amqp.keyFile');
    }
    const isTls = amqp.url?.startsWith('amqps:') ?? false;
    if (!isTls && (amqp.caFile ?? amqp.certFile) !== undefined) {
      reject(context, 'url', 'an amqps:// address, because there are certificates');
    }
    const sources = new Set(amqp.queues.map(({ name }) => name));
    const isLoop = amqp.queues.some(({ deadLetterQueue }) => sources.has(deadLetterQueue));
    if (sources.size < amqp.queues.length || isLoop) {
      reject(context, 'queues', 'each queue once, and none as a dead-letter queue of another');
    }
  })
  .prefault({})
  .describe('Queues of RabbitMQ.');

export const intakeSection = z
  .strictObject({ amqp: amqpSection })
  .prefault({})
  .describe('Heartbeats that the service fetches.');

export type AmqpIntakeConfig = z.output<typeof amqpSection>;
