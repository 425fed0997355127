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
    lastBeat: z.iso.datetime().describe('Receipt of the last heartbeat.'),
    ageSeconds: z
      .number()
      .describe('Seconds since the last heartbeat, without blind time of the service.'),
    interval: z.number().optional().describe('Interval in seconds, as declared by the emitter.'),
    lateSeconds: z.number().describe('Seconds without a heartbeat after which it is late.'),
    downSeconds: z.number().describe('Seconds without a heartbeat after which it is down.'),
    firstSeen: z.iso.datetime(),
    presentSince: z.iso
      .datetime()
      .optional()
      .describe('Beginning of the current presence; absent for an instance that is not active.'),
    skewSeconds: z
      .number()
      .optional()
      .describe(
        'Seconds by which the clock of the sender is ahead of the one of the service, negative when ' +
          'it is behind; absent when it is right or not known.',
      ),
    status: z
      .literal('not_ok')
      .optional()
      .describe('Status in the last heartbeat; absent when it is ok.'),
    statusMessage: z
      .string()
      .optional()
      .describe('What is wrong, as the last heartbeat describes it; absent when it is ok.'),
  })
  .meta({ id: 'Instance', description: 'A running container, pod or machine, as it is now.' });
export type InstanceResponse = z.infer<typeof instanceSchema>;

/** One instance, with its past if the query includes it. */
export const instancePastSchema = z.object({
  ...instanceSchema.shape,
  thresholds: z
    .object({
      from: z
        .enum(['rule', 'profile', 'interval', 'defaults'])
        .describe(
          'A rule of `liveness.rules`, that of a profile, the declared interval, or the defaults.',
        ),
      name: z.string().optional().describe('Pattern of the rule.'),
      version: z.string().optional().describe('Pattern of the rule.'),
    })
    .optional()
    .describe('Origin of `lateSeconds` and `downSeconds`.'),
  heartbeats: z
    .array(z.iso.datetime())
    .optional()
    .describe(
      'Timestamps of the heartbeats of the period that were delivered to Monasca, oldest first; the ' +
        'newest 1,000. Absent if Monasca is not configured or cannot return them.',
    ),
  presences: z
    .array(
      z.object({
        from: z.iso.datetime({ offset: true }).describe('First heartbeat.'),
        to: z.iso.datetime({ offset: true }).describe('Last heartbeat.'),
        isOver: z.boolean().describe('Whether no heartbeat from now on can continue it.'),
      }),
    )
    .optional()
    .describe('Presences that touch the period, whole, newest first; at most 1,000.'),
  events: z
    .array(cloudEventSchema)
    .optional()
    .describe('Events of the instance in the period, newest first; at most 100.'),
});

/** Result of retiring all instances that match. */
export const retirementSchema = z
  .object({
    matched: z.int().min(0).describe('Number of instances that match and are not retired.'),
    retired: z.int().min(0).describe('Number of instances that are retired now, durably.'),
    instances: z
      .array(z.object({ name: z.string(), version: z.string(), instance: z.string() }))
      .describe('The first 100 of them.'),
  })
  .meta({ id: 'Retirement' });

/** Cursor of the next page, in every list with pages. */
export const next = z
  .string()
  .optional()
  .describe('`cursor` of the next page; absent on the last page.');
