import { z } from 'zod';
import { httpAddress, whole } from './kinds.ts';

/** Ten years: more than anyone waits for anything here. */
const seconds = () => whole(1, 315_360_000);

/** A pattern of names: `*` stands for any characters, `?` for one. */
const pattern = () => z.string().min(1).max(255);

const rule = z
  .strictObject({
    name: pattern().describe('Names of components; * stands for any characters, ? for one.'),
    version: pattern().default('*').describe('Versions, in the same way.'),
    lateSeconds: seconds().optional().describe('Silence after which an instance is late.'),
    downSeconds: seconds().optional().describe('Silence after which an instance is down.'),
    minInstances: whole(1, 1_000_000)
      .optional()
      .describe('Instances of such a component that have to be alive.'),
    expected: z
      .boolean()
      .default(false)
      .describe('Whether to tell when nothing that matches was ever heard of.'),
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
      .describe('Declared intervals of silence after which an instance is late.'),
    downIntervals: z
      .number()
      .gt(1)
      .max(1_000)
      .default(4)
      .describe('Declared intervals of silence after which an instance is down.'),
    lateSeconds: seconds()
      .default(120)
      .describe('Silence after which an instance is late that declares no interval.'),
    downSeconds: seconds()
      .default(300)
      .describe('Silence after which an instance is down that declares no interval.'),
    rules: z
      .array(rule)
      .default([])
      .describe(
        'Rules for components, the first that matches counts: {name, version, lateSeconds, downSeconds, minInstances, expected}. Its seconds are stronger than a declared interval.',
      ),
    evaluationSeconds: whole(1, 60).default(1).describe('How often silence is looked for.'),
    maxAgeSeconds: whole(1, 86_400)
      .default(300)
      .describe(
        'A heartbeat whose timestamp is older at its receipt, and older than makes an instance down, is history: it does not make an instance look alive.',
      ),
    retireAfterSeconds: whole(60, 315_360_000)
      .default(604_800)
      .describe('How long an instance that is down or retired is remembered.'),
    graceSeconds: whole(0, 86_400)
      .default(300)
      .describe(
        'Time for an expected component to send its first heartbeat, and for a component that is starting, or lost an instance by a goodbye, to have enough of them.',
      ),
    flapping: z
      .strictObject({
        changes: whole(2, 1_000)
          .default(6)
          .describe('Changes of state beyond which an instance counts as flapping.'),
        seconds: whole(1, 86_400)
          .default(600)
          .describe('The time in which they happen, and without any of them until it is calm.'),
      })
      .prefault({})
      .describe('Instances that change their state all the time are reported once.'),
    reminders: z
      .strictObject({
        everySeconds: whole(0, 31_536_000)
          .default(0)
          .describe('How often it is told again who is down; 0 is never.'),
        most: whole(1, 1_000_000).default(1_000).describe('Most reminders of one that is down.'),
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
          .describe('Part of the instances that were up, beyond which it is one; 1 is never.'),
        minInstances: whole(1, 1_000_000).default(10).describe('Fewer instances never are one.'),
        windowSeconds: whole(2, 3_600)
          .default(60)
          .describe('The time in which they fall silent, and without any of them until it ends.'),
        holdSeconds: whole(1, 60)
          .default(5)
          .describe('The time over which is estimated whether one is beginning.'),
      })
      .refine((mass) => mass.holdSeconds < mass.windowSeconds, {
        path: ['holdSeconds'],
        error: 'less than liveness.massOutage.windowSeconds',
      })
      .prefault({})
      .describe('When many instances fall silent at once, one event stands for all.'),
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
  .describe('Finding silence.');

export type LivenessConfig = z.output<typeof livenessSection>;
export type LivenessRule = LivenessConfig['rules'][number];

export const selfWatchSection = z
  .strictObject({
    url: httpAddress()
      .optional()
      .describe(
        'Address to ask (GET) after silence was looked for; for a watch over this service.',
      ),
    everySeconds: whole(1, 86_400).default(60).describe('How often at most.'),
  })
  .prefault({})
  .describe('Telling another monitor that this service works.');
