import { z } from 'zod';
import { cloudEventSchema } from '../../cloud-event.ts';
import { retryReasons } from '../../outcome.ts';
import { keptHeartbeatSchema } from '../heartbeat.ts';

const next = z.int().optional().describe('The `after` of the next page.');

export const deadLetterSchema = z
  .object({
    id: z.int().min(1).describe('Number in the outbox.'),
    at: z.iso.datetime().describe('Time of the rejection.'),
    reason: z.string(),
    heartbeat: keptHeartbeatSchema.optional().describe('Present if Monasca rejected it.'),
    event: cloudEventSchema.optional().describe('Present if a notifier rejected it.'),
    record: z.looseObject({}).optional().describe('Present if it is a log record.'),
  })
  .meta({ id: 'DeadLetter' });

export const deadLetterPageSchema = z.object({
  destination: z.string(),
  total: z.int().min(0),
  deadLetters: z.array(deadLetterSchema),
  next,
});

/** Result of sending one page of dead letters again. */
export const redeliverySchema = z.object({
  delivered: z.int().min(0),
  rejected: z.int().min(0).describe('Rejected again; they stay dead letters.'),
  left: z.int().min(0).describe('Dead letters that remain.'),
  stopped: z
    .object({ reason: z.enum(retryReasons), detail: z.string() })
    .optional()
    .describe('Why the destination could not accept all of them now.'),
  next,
});
