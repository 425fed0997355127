import { z } from 'zod';

const count = z.int().min(0);

/** States of all components now and in the steps of a period, for a page that displays them. */
export const overviewSchema = z
  .object({
    time: z.iso.datetime().describe('Time of the query.'),
    position: z
      .string()
      .optional()
      .describe(
        'Id of the newest event, behind which a stream of events continues; absent without events.',
      ),
    from: z.iso.datetime().describe('Beginning of the first step.'),
    stepSeconds: z.number().describe('Length of a step.'),
    steps: z.int().min(1).describe('Number of steps; the last one contains the end of the period.'),
    blind: z
      .array(z.object({ from: z.iso.datetime(), to: z.iso.datetime() }))
      .describe('Times in which the service could not receive heartbeats.'),
    components: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        instance: z.string().optional().describe('Present in a query by instance.'),
        instances: z
          .object({ up: count, late: count, down: count, retired: count })
          .describe('Number of instances now, by state.'),
        lastBeat: z.iso.datetime().optional().describe('Newest heartbeat of an instance.'),
        timeline: z
          .array(z.tuple([count, count, count, count]))
          .describe(
            'Runs of equal steps: number of steps, and of instances that were up, late and down at ' +
              'any time in each of them.',
          ),
      }),
    ),
  })
  .meta({ id: 'Overview', description: 'Components now, and their instances by step.' });
export type OverviewResponse = z.infer<typeof overviewSchema>;
