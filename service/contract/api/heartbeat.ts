import { z } from 'zod';
import { heartbeatLimits } from '../heartbeat.ts';
import { itemProblemSchema } from './problem.ts';

const { identityCharacters, metaPairs, metaKeyCharacters, intervalSeconds } = heartbeatLimits;

const identity = z.string().min(1).max(identityCharacters);

const fields = {
  name: identity.describe('Which component.'),
  version: identity.describe('In which version.'),
  instance: identity.describe('Which running container, pod or machine of it.'),
};

const meta = z
  .record(z.string().max(metaKeyCharacters), z.string())
  .meta({ maxProperties: metaPairs, description: 'Short strings that go along to Monasca.' });

/** A heartbeat as it is sent. Documentation: what checks it is written by hand, for speed. */
export const heartbeatSchema = z
  .looseObject({
    ...fields,
    timestamp: z
      .union([z.string(), z.number()])
      .nullish()
      .describe(
        'When the instance was alive: RFC 3339, or s, ms, µs or ns since 1970 as number or ' +
          'digits, told apart by size. Left out: now.',
      ),
    interval: z
      .number()
      .min(intervalSeconds.min)
      .max(intervalSeconds.max)
      .nullish()
      .describe('The seconds until the next heartbeat that the emitter promises.'),
    status: z
      .enum(['ok', 'stopping'])
      .nullish()
      .describe('`stopping` is a goodbye: the instance ends on purpose, and no alarm is raised.'),
    meta: meta.nullish(),
  })
  .meta({ id: 'Heartbeat', description: 'One "I am alive" of one instance of one component.' });

/** A heartbeat as it was kept. */
export const keptHeartbeatSchema = z
  .object({
    ...fields,
    timestamp: z.iso.datetime().describe('When the instance was alive.'),
    receivedAt: z.iso.datetime().describe('When the service heard it.'),
    interval: z.number().optional().describe('The declared seconds until the next one.'),
    status: z.literal('stopping').optional(),
    meta: meta.optional(),
  })
  .meta({ id: 'KeptHeartbeat', description: 'A heartbeat as it was kept.' });

export const receiptSchema = z
  .object({
    accepted: z.int().min(0).describe('So many heartbeats are on disk.'),
    rejected: z.array(itemProblemSchema).describe('What is wrong with each of the others.'),
  })
  .meta({ id: 'Receipt' });
