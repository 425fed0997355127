import { z } from 'zod';
import { retryReasons } from '../../outcome.ts';

/** Result of a test event that was sent through one notifier. */
export const notificationTestSchema = z.object({
  notifier: z.string(),
  eventId: z.string().describe('Id of the test event; its type ends in `.test`.'),
  outcome: z
    .enum(['delivered', 'retry', 'rejected'])
    .describe('`retry`: an event would be sent again; `rejected`: it would become a dead letter.'),
  reason: z.enum(retryReasons).optional(),
  detail: z.string().describe('One sentence for people.'),
  tookMs: z.int(),
});
