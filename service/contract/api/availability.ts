import { z } from 'zod';

const share = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .describe(
    'Share of the measured time in which enough instances were active; null without such time.',
  );

export const availabilitySchema = z
  .object({
    name: z.string(),
    version: z.string(),
    instance: z.string().optional(),
    since: z.iso
      .datetime({ offset: true })
      .describe(
        'Beginning of the measured time: that of the period, or the first heartbeat of all.',
      ),
    seconds: z.number().min(0).describe('Length of the measured time.'),
    availableSeconds: z.number().min(0),
    availability: share,
    outages: z.int().min(0).describe('Unbroken times with too few active instances.'),
    longestOutageSeconds: z.number().min(0),
    blindSeconds: z
      .number()
      .min(0)
      .describe(
        'Time in which the service could not receive heartbeats; an outage may be just that.',
      ),
  })
  .meta({ id: 'Availability' });
export type AvailabilityResponse = z.infer<typeof availabilitySchema>;

export const componentSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    instances: z
      .object({
        up: z.int().min(0),
        late: z.int().min(0),
        down: z.int().min(0),
        retired: z.int().min(0),
      })
      .describe('Number of instances now, by state.'),
    firstSeen: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('First heartbeat of the instances that are known now; absent if there are none.'),
    lastBeat: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Newest heartbeat of a known instance, or in the period.'),
    availability: share,
  })
  .meta({ id: 'Component', description: 'A component: a name in one version.' });
export type ComponentResponse = z.infer<typeof componentSchema>;
