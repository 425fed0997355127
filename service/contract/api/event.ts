import type { z } from 'zod';
import { cloudEventSchema } from '../cloud-event.ts';

/** An event as a client reads it: a later version of the service may add members. */
export const eventResponseSchema = cloudEventSchema
  .extend({ data: cloudEventSchema.shape.data.loose() })
  .loose();
export type EventResponse = z.infer<typeof eventResponseSchema>;
