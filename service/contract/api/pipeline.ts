import { z } from 'zod';
import { healthSchema } from './health.ts';

/** The way of heartbeats and events through the service. */
export const pipelineSchema = z
  .object({
    ...healthSchema.shape,
    time: z.iso.datetime().describe('Time of the query.'),
    stored: z
      .int()
      .min(0)
      .describe('Number of heartbeats that were ever stored; the difference of two is a rate.'),
    deadLetters: z
      .record(z.string(), z.int().min(0))
      .describe('Number of dead letters of each destination.'),
  })
  .meta({ id: 'Pipeline' });
export type PipelineResponse = z.infer<typeof pipelineSchema>;
