import { z } from 'zod';
import { integer, nonEmptyText, secretText, withoutEnds } from '../kinds.ts';
import { clientTlsFields, rejectHalfCertificate } from './client-tls.ts';

const anAddress =
  'redis://host:port or rediss://host:port, with /number for a database, without user and password';

/** Options in the query are rejected, because clients disagree about their meaning. */
const redisAddress = () =>
  withoutEnds(z.string()).refine(isRedisAddress, { error: anAddress }).meta({ expects: anAddress });

function isRedisAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '') return false;
  const { username, password, search, hash, pathname } = url;
  return `${username}${password}${search}${hash}` === '' && /^(\/\d{0,5})?$/.test(pathname);
}

export const redisSection = z
  .strictObject({
    url: redisAddress()
      .optional()
      .describe(
        'Address of Redis; without it nothing is written there, and what waits for it is discarded.',
      ),
    username: nonEmptyText()
      .optional()
      .describe('User name; without it, the password is that of the user `default`.'),
    password: secretText().optional().meta({ description: 'Its password.', secret: true }),
    ...clientTlsFields(),
    prefix: z
      .string()
      .max(255)
      .regex(/^\P{Cc}*$/u)
      .default('')
      .meta({
        description: 'Beginning of all keys, for example `heartbeat:`.',
        expects: 'up to 255 characters without control characters',
      }),
    ttlSeconds: integer(1, 315_360_000)
      .optional()
      .describe('Time after its last change at which a key expires; without it, keys stay.'),
    subscriberKeys: z
      .boolean()
      .default(true)
      .describe(
        "Write the keys of pipeline-heartbeat's subscriber too: service:NAME:STATUS and queue:NAME:STATUS.",
      ),
    maxChanges: integer(1, 100_000_000)
      .default(10_000)
      .describe('Approximate number of messages that the stream `changes` keeps.'),
    timeoutSeconds: integer(1, 600).default(10).describe('Time limit of one attempt.'),
  })
  .superRefine(rejectHalfCertificate)
  .superRefine(({ username, password }, context) => {
    if (username === undefined || password !== undefined) return;
    context.addIssue({ code: 'custom', path: ['password'], message: 'one for username' });
  })
  .prefault({})
  .describe('Redis, with the last heartbeat and the state of each instance and component.');

export type RedisConfig = z.output<typeof redisSection>;
