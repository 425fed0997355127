import { z } from 'zod';
import { clientTlsFields, rejectHalfCertificate } from '../destinations/client-tls.ts';
import { integer, nonEmptyText } from '../kinds.ts';
import { givenSecret, notifierFields, reject } from './shared.ts';

const aBroker = 'host:port of a broker, an IPv6 address in brackets';
const host = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})?|\[[0-9A-Fa-f:.]{2,45}\])`;

const broker = () => z.string().refine(isBroker).meta({ expects: aBroker });

const form = new RegExp(`^${host}:([0-9]{1,5})$`);

/** Address of a broker, host:port. */
export function isBroker(text: string): boolean {
  const port = Number(form.exec(text)?.[1] ?? 0);
  return port >= 1 && port <= 65_535;
}

/** Name of a topic, as Kafka allows it. */
export const isTopic = (text: string): boolean =>
  /^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..';

const saslFields = z
  .strictObject({
    mechanism: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
      .default('PLAIN')
      .describe('Mechanism. PLAIN sends the password as it is, so it needs `tls: true`.'),
    username: nonEmptyText().describe('User name.'),
    password: givenSecret().describe('Its password, a secret or {file: …}.'),
  })
  .describe('Login by SASL.');

export const kafkaNotifier = z
  .strictObject({
    ...notifierFields(),
    type: z.literal('kafka'),
    brokers: z
      .array(broker())
      .min(1)
      .max(100)
      .describe('Brokers to begin with, each host:port; the others are known from them.'),
    topic: z.string().refine(isTopic).meta({
      description: 'Topic that gets the messages. It is not created.',
      expects: 'the name of a topic: 1 to 249 of A-Z, a-z, 0-9, ., _ and -',
    }),
    format: z
      .enum(['cloudevents', 'hbtd'])
      .default('cloudevents')
      .describe(
        "CloudEvents with the component as the key; or the messages of hbtd's telemetry bus, without keys, which have no form for other events.",
      ),
    tls: z.boolean().default(false).describe('Connect with TLS.'),
    ...clientTlsFields(),
    sasl: saslFields.optional(),
    timeoutSeconds: integer(1, 600).default(10).describe('Time limit of one request.'),
  })
  .superRefine(rejectHalfCertificate)
  .superRefine(({ tls, caFile, certFile, insecure, sasl }, context) => {
    if (tls) return;
    if (caFile !== undefined || certFile !== undefined || insecure) {
      reject(context, 'tls', 'true, because certificates are configured');
    } else if (sasl?.mechanism === 'PLAIN') {
      reject(context, 'tls', 'true, or another mechanism than PLAIN, which sends the password');
    }
  })
  .describe('Sends events to a topic of Apache Kafka.');

export type KafkaConfig = z.output<typeof kafkaNotifier>;
