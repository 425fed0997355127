import { z } from 'zod';
import { retryReasons } from '../outcome.ts';
import { healthSchema } from './health.ts';

const count = () => z.int().min(0);
const time = () => z.iso.datetime();

const destinationSchema = z
  .object({
    name: z
      .string()
      .describe('`monasca`, `redis`, `redis.changes`, `records`, or `notifier.` and a name.'),
    receives: z.enum(['heartbeats', 'events', 'records']),
    state: z
      .enum(['idle', 'delivering', 'outage'])
      .describe('`idle`: no record waits; `outage`: the last attempt failed, and records wait.'),
    since: time().describe('Begin of the state.'),
    position: count().describe('Number of the last record that was delivered or rejected.'),
    waiting: count().describe('Number of records behind the position.'),
    inFlight: count().describe('Batches under way.'),
    deadLetters: count().describe('Records that the destination rejected.'),
    lastSuccess: time().optional(),
    lastFailure: z
      .object({ at: time(), reason: z.enum(retryReasons), detail: z.string() })
      .optional(),
  })
  .meta({ id: 'PipelineDestination' });
export type PipelineDestination = z.infer<typeof destinationSchema>;

const keystoneTokenSchema = z
  .object({
    state: z
      .enum(['unused', 'none', 'valid', 'failing'])
      .describe(
        '`unused`: no login is configured; `none`: no login yet; `failing`: the last one failed.',
      ),
    expires: time().optional(),
    lastSuccess: time().optional(),
    lastFailure: z.object({ at: time(), detail: z.string() }).optional(),
  })
  .meta({ id: 'PipelineToken' });
export type PipelineToken = z.infer<typeof keystoneTokenSchema>;

const sentenceSchema = z
  .object({
    level: z.enum(['warning', 'bad']),
    about: z.string().describe('`store`, `keystone`, or the name of a destination.'),
    text: z.string().describe('One sentence for people, with times in UTC.'),
  })
  .meta({ id: 'PipelineSentence' });
export type PipelineSentence = z.infer<typeof sentenceSchema>;

/** The way of heartbeats and events through the service. */
export const pipelineSchema = z
  .object({
    ...healthSchema.shape,
    time: time().describe('Time of the query.'),
    stored: count().describe(
      'Number of heartbeats that were ever stored; the difference of two is a rate.',
    ),
    receivedPerSecond: z
      .number()
      .min(0)
      .describe('Heartbeats a second, over the last ten seconds.'),
    outbox: z.object({
      records: count().describe('Number of heartbeats that wait for delivery.'),
      limit: count(),
      oldestAgeSeconds: z.number().min(0).describe('Age of the oldest of them; 0 if none waits.'),
    }),
    token: keystoneTokenSchema,
    destinations: z.array(destinationSchema),
    deadLetters: z
      .record(z.string(), count())
      .describe('Number of dead letters of each destination.'),
    sentences: z.array(sentenceSchema).describe('What is wrong, in words; empty if nothing is.'),
  })
  .meta({ id: 'Pipeline' });
export type PipelineResponse = z.infer<typeof pipelineSchema>;
