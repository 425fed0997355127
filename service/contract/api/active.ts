import { z } from 'zod';

export const activeRowSchema = z
  .object({
    time: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Beginning of the step; absent in totals.'),
    name: z.string().optional(),
    version: z.string().optional(),
    instance: z.string().optional(),
    active: z.int().min(0).describe('Distinct instances that were active in the step.'),
    max: z.int().min(0).describe('Maximum of instances that were active at the same time.'),
    started: z.int().min(0).describe('Presences with their first heartbeat in the step.'),
    ended: z
      .int()
      .min(0)
      .describe('Presences with their last heartbeat in the step, that no heartbeat can continue.'),
  })
  .meta({ id: 'Active', description: 'One step of one group, or the whole period.' });

export const activeDifferenceSchema = activeRowSchema
  .pick({ time: true, name: true, version: true, instance: true })
  .extend({
    ledger: z.int().min(0).describe('Active instances of the ledger.'),
    monasca: z.int().min(0).describe('Active instances of Monasca.'),
    difference: z.int().describe('`monasca` minus `ledger`.'),
  })
  .meta({
    id: 'ActiveDifference',
    description: 'A step of a group in which ledger and Monasca differ.',
  });
