import { z } from 'zod';

export const readySchema = z.object({ status: z.literal('ready') });

export const healthSchema = z
  .object({
    status: z
      .enum(['up', 'degraded', 'down'])
      .describe('`degraded`: heartbeats are accepted, but a dependency is down.'),
    ready: z.boolean(),
    notReady: z.string().optional().describe('Why no heartbeat can be accepted now.'),
    version: z.string(),
    startedAt: z.iso.datetime(),
    dependencies: z.record(z.string(), z.looseObject({ status: z.enum(['up', 'down', 'unused']) })),
  })
  .meta({ id: 'Health' });
