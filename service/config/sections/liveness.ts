import { z } from 'zod';
import { httpAddress, integer } from './kinds.ts';

/** Up to ten years. */
const seconds = () => integer(1, 315_360_000);

/** A pattern of names: `*` stands for any characters, `?` for one. */
const pattern = () => z.string().min(1).max(255);

const rule = z
  .strictObject({
    name: pattern().describe('Names of components: * matches any characters, ? matches one.'),
    version: pattern().default('*').describe('Versions, in the same way.'),
    lateSeconds: seconds().optional().describe('Absence after which an instance is late.'),
    downSeconds: seconds().optional().describe('Absence after which an instance is down.'),
    minInstances: integer(1, 1_000_000)
      .optional()
      .describe('Number of instances that must be alive.'),
    expected: z
      .boolean()
      .default(false)
      .describe('Whether to report a component that never sent a heartbeat.'),
  })
  .refine((given) => (given.lateSeconds === undefined) === (given.downSeconds === undefined), {
    path: ['downSeconds'],
    error: 'both lateSeconds and downSeconds, or neither',
  })
  .refine((given) => (given.lateSeconds ?? 0) < (given.downSeconds ?? Infinity), {
    path: ['downSeconds'],
    error: 'more than lateSeconds',
  });

export const livenessSection = z
  .strictObject({
    lateIntervals: z
      .number()
      .gt(1)
      .max(1_000)
      .default(2)
      .describe(
        'Number of declared intervals without a heartbeat after which an instance is late.',
      ),
    downIntervals: z
      .number()
      .gt(1)
      .max(1_000)
      .default(4)
      .describe(
        'Number of declared intervals without a heartbeat after which an instance is down.',
      ),
    lateSeconds: seconds()
      .default(120)
      .describe(
        'Seconds without a heartbeat after which an instance that declares no interval is late.',
      ),
    downSeconds: seconds()
      .default(300)
      .describe(
        'Seconds without a heartbeat after which an instance that declares no interval is down.',
      ),
    rules: z
      .array(rule)
      .default([])
      .describe(
        'Rules for components; the first that matches applies: {name, version, lateSeconds, downSeconds, minInstances, expected}. Its seconds override a declared interval.',
      ),
    evaluationSeconds: integer(1, 60).default(1).describe('Seconds between two evaluations.'),
    maxAgeSeconds: integer(1, 86_400)
      .default(300)
      .describe(
        'Age of its timestamp, at receipt, above which a heartbeat is history if the age is also above the down threshold: it is stored and delivered, and does not make an instance alive.',
      ),
    retireAfterSeconds: integer(60, 315_360_000)
      .default(604_800)
      .describe('Seconds after which an instance that is down or retired is forgotten.'),
    graceSeconds: integer(0, 86_400)
      .default(300)
      .describe(
        'Grace period: for the first heartbeat of an expected component, and for a component to reach its number of instances while it starts or an instance has stopped.',
      ),
    flapping: z
      .strictObject({
        changes: integer(2, 1_000)
          .default(6)
          .describe('Number of changes of state above which an instance is flapping.'),
        seconds: integer(1, 86_400)
          .default(600)
          .describe(
            'Time window of these changes, and time without a change after which the instance is calm.',
          ),
      })
      .prefault({})
      .describe('Flapping: one event for an instance that changes its state again and again.'),
    reminders: z
      .strictObject({
        everySeconds: integer(0, 31_536_000)
          .default(0)
          .describe('Seconds between reminders of instances that are down; 0 for none.'),
        most: integer(1, 1_000_000)
          .default(1_000)
          .describe('Maximum number of reminders for one instance.'),
      })
      .prefault({})
      .describe('Reminders of instances that are still down.'),
    massOutage: z
      .strictObject({
        share: z
          .number()
          .gt(0)
          .max(1)
          .default(0.5)
          .describe(
            'Share of the instances that were up above which their absence is a mass outage; 1 for never.',
          ),
        minInstances: integer(1, 1_000_000)
          .default(10)
          .describe('Minimum number of absent instances.'),
        windowSeconds: integer(2, 3_600)
          .default(60)
          .describe(
            'Time window of these absences, and time without a new one after which the mass outage ends.',
          ),
        holdSeconds: integer(1, 60)
          .default(5)
          .describe(
            'Time window for the estimate whether a mass outage is beginning; single events are deferred for as long.',
          ),
      })
      .refine((mass) => mass.holdSeconds < mass.windowSeconds, {
        path: ['holdSeconds'],
        error: 'less than liveness.massOutage.windowSeconds',
      })
      .prefault({})
      .describe('Mass outage: one event when many instances stop sending at once.'),
  })
  .refine((liveness) => liveness.lateSeconds < liveness.downSeconds, {
    path: ['downSeconds'],
    error: 'more than liveness.lateSeconds',
  })
  .refine((liveness) => liveness.lateIntervals < liveness.downIntervals, {
    path: ['downIntervals'],
    error: 'more than liveness.lateIntervals',
  })
  .prefault({})
  .describe('Detection of instances that stop sending.');

export type LivenessConfig = z.output<typeof livenessSection>;
export type LivenessRule = LivenessConfig['rules'][number];

export const selfWatchSection = z
  .strictObject({
    url: httpAddress()
      .optional()
      .describe(
        'Address that is requested (GET) after an evaluation, so that another monitor can watch this service.',
      ),
    everySeconds: integer(1, 86_400)
      .default(60)
      .describe('Minimum number of seconds between two requests.'),
  })
  .prefault({})
  .describe('Notification of another monitor that this service works.');
