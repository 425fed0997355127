import { z } from 'zod';
import { isPattern } from '../probes/pattern.ts';

const aPort = 'a port as a number, or as text of digits';

/** The original accepts every number: a check of a port that cannot exist is never OK. */
const port = z
  .union([z.int(), z.string().regex(/^\s*[+-]?\d{1,9}\s*$/)])
  .transform(Number)
  .meta({ expects: aPort });

const text = () => z.string().meta({ expects: 'text' });
const tag = z
  .string()
  .refine(isPattern, { error: 'a regular expression' })
  .meta({ expects: 'a regular expression' });

/** The publisher's file, as it is. Like the original it ignores keys that it does not know. */
export const publisherFileSchema = z.object({
  heartbeat: z.object({
    hosts: z.array(z.object({ host: text(), port, name: text().optional() })).default([]),
    rmq_consumers: z
      .array(
        z.object({
          queue: text(),
          listeners: z.array(z.object({ tag, name: text() })).default([]),
        }),
      )
      .default([]),
  }),
});
export type PublisherFile = z.output<typeof publisherFileSchema>;
