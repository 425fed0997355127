import { z } from 'zod';
import { cloudEventSchema } from '../cloud-event.ts';
import { retryReasons } from '../outcome.ts';
import { keptHeartbeatSchema } from './heartbeat.ts';

const next = z.int().optional().describe('The `after` of the next page, if there is one.');

export const deadLetterSchema = z
  .object({
    id: z.int().min(1).describe('Its number in the outbox.'),
    at: z.iso.datetime().describe('Time of the rejection.'),
    reason: z.string(),
    heartbeat: keptHeartbeatSchema.optional().describe('The heartbeat that Monasca rejected.'),
    event: cloudEventSchema.optional().describe('The event that a notifier rejected.'),
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
  rejected: z.int().min(0).describe('Dead letters that were rejected again; they are kept.'),
  left: z.int().min(0).describe('Number of dead letters that are left.'),
  stopped: z
    .object({ reason: z.enum(retryReasons), detail: z.string() })
    .optional()
    .describe('Why the destination could not accept the rest now.'),
  next,
});
