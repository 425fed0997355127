import { z } from 'zod';

export const activeRowSchema = z
  .object({
    time: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When the step begins; absent where totals were asked for.'),
    name: z.string().optional(),
    version: z.string().optional(),
    instance: z.string().optional(),
    active: z.int().min(0).describe('Distinct instances that were active in the step.'),
    max: z.int().min(0).describe('Most of them at the same moment.'),
    started: z.int().min(0).describe('Presences whose first heartbeat was in the step.'),
    ended: z
      .int()
      .min(0)
      .describe('Presences whose last heartbeat was in the step, and that are over.'),
  })
  .meta({ id: 'Active', description: 'One step of one group, or the whole period.' });

export const activeDifferenceSchema = activeRowSchema
  .pick({ time: true, name: true, version: true, instance: true })
  .extend({
    ledger: z.int().min(0).describe('Active instances by the ledger.'),
    monasca: z.int().min(0).describe('Active instances by Monasca.'),
    difference: z.int().describe('What Monasca has more.'),
  })
  .meta({ id: 'ActiveDifference', description: 'A step of a group on which the two disagree.' });
