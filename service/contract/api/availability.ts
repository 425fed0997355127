import { z } from 'zod';

const share = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .describe(
    'Share of the time in which enough instances were active; null where there was no time.',
  );

export const availabilitySchema = z
  .object({
    name: z.string(),
    version: z.string(),
    instance: z.string().optional(),
    since: z.iso
      .datetime({ offset: true })
      .describe('From here on it is measured: the period, or when it was first seen in it.'),
    seconds: z.number().min(0).describe('So long it is measured.'),
    availableSeconds: z.number().min(0),
    availability: share,
    outages: z.int().min(0).describe('Unbroken times in which too few were active.'),
    longestOutageSeconds: z.number().min(0),
    blindSeconds: z
      .number()
      .min(0)
      .describe(
        'So long the service itself could not listen: what looks like an outage may be that.',
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
      .describe('How many there are now, by state.'),
    firstSeen: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Of the instances that are known now; absent when there are none.'),
    lastBeat: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('The newest heartbeat, of an instance that is known or in the period.'),
    availability: share,
  })
  .meta({ id: 'Component', description: 'A component: a name in one version.' });
export type ComponentResponse = z.infer<typeof componentSchema>;
