import { z } from 'zod';
import { heartbeatLimits } from '../heartbeat.ts';
import { itemProblemSchema } from './problem.ts';

const { identityCharacters, messageCharacters, metaPairs, metaKeyCharacters, intervalSeconds } =
  heartbeatLimits;

const identity = z.string().min(1).max(identityCharacters);

const fields = {
  name: identity.describe('Name of the component.'),
  version: identity.describe('Version of the component.'),
  instance: identity.describe('Running container, pod or machine.'),
};

const meta = z
  .record(z.string().max(metaKeyCharacters), z.string())
  .meta({ maxProperties: metaPairs, description: 'Short strings that are sent to Monasca too.' });

/** A heartbeat as it is sent. For documentation: a hand-written check is faster. */
export const heartbeatSchema = z
  .looseObject({
    ...fields,
    timestamp: z
      .union([z.string(), z.number()])
      .nullish()
      .describe(
        'Time of the heartbeat: RFC 3339, or s, ms, µs or ns since 1970 as number or digits, ' +
          'distinguished by magnitude. The default is now.',
      ),
    interval: z
      .number()
      .min(intervalSeconds.min)
      .max(intervalSeconds.max)
      .nullish()
      .describe('Seconds until the next heartbeat, as declared by the emitter.'),
    status: z
      .enum(['ok', 'not_ok', 'stopping'])
      .nullish()
      .describe(
        '`stopping`: the instance ends on purpose, without an alarm. `not_ok`: it is alive, and ' +
          'something is wrong with it.',
      ),
    message: z
      .string()
      .nullish()
      .describe(
        `What is wrong, with the status \`not_ok\`: one line; cut after ${messageCharacters} characters.`,
      ),
    meta: meta.nullish(),
    sentAt: z
      .union([z.string(), z.number()])
      .nullish()
      .describe(
        'Time at which this request was sent, by the same clock as `timestamp` and in the same ' +
          'formats. It shows whether the clock is wrong or the heartbeat is sent later.',
      ),
  })
  .meta({ id: 'Heartbeat', description: 'One "I am alive" of one instance of one component.' });

/** A heartbeat as it is stored. */
export const keptHeartbeatSchema = z
  .object({
    ...fields,
    timestamp: z.iso.datetime().describe('Time of the heartbeat.'),
    receivedAt: z.iso.datetime().describe('Receipt by the service.'),
    interval: z.number().optional().describe('Declared seconds until the next heartbeat.'),
    status: z.enum(['stopping', 'not_ok']).optional(),
    message: z.string().optional(),
    meta: meta.optional(),
  })
  .meta({ id: 'KeptHeartbeat', description: 'A heartbeat as it is stored.' });

export const receiptSchema = z
  .object({
    accepted: z.int().min(0).describe('Number of heartbeats that are on disk.'),
    rejected: z.array(itemProblemSchema).describe('Errors of each of the others.'),
  })
  .meta({ id: 'Receipt' });
