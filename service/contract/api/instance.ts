import { z } from 'zod';
import { cloudEventSchema } from '../cloud-event.ts';
import { instanceStates } from '../instance.ts';

export const instanceSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    instance: z.string(),
    state: z.enum(instanceStates),
    stateSince: z.iso.datetime(),
    lastBeat: z.iso.datetime().describe('When the last heartbeat was received.'),
    ageSeconds: z
      .number()
      .describe('Seconds since the last heartbeat, the own blind time of the service not counted.'),
    interval: z.number().optional().describe('The interval that it declared, in seconds.'),
    lateSeconds: z.number().describe('After so many seconds of silence it is late.'),
    downSeconds: z.number().describe('After so many seconds of silence it is down.'),
    firstSeen: z.iso.datetime(),
    presentSince: z.iso
      .datetime()
      .optional()
      .describe('Since when it has been active without a break; absent when it is not.'),
  })
  .meta({ id: 'Instance', description: 'A running container, pod or machine, as it is now.' });
export type InstanceResponse = z.infer<typeof instanceSchema>;

/** One instance, with its past where that was asked for. */
export const instancePastSchema = z.object({
  ...instanceSchema.shape,
  presences: z
    .array(
      z.object({
        from: z.iso.datetime({ offset: true }).describe('The first heartbeat.'),
        to: z.iso.datetime({ offset: true }).describe('The last heartbeat.'),
        isOver: z.boolean().describe('Whether no heartbeat from now on could continue it.'),
      }),
    )
    .optional()
    .describe('When it was active in the period, whole, newest first; at most a thousand.'),
  events: z
    .array(cloudEventSchema)
    .optional()
    .describe('What happened to it in the period, newest first; at most a hundred.'),
});

/** What the cursor for the next page is, in every list that has one. */
export const next = z
  .string()
  .optional()
  .describe('The `cursor` of the next page, if there is one.');
