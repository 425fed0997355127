import { z } from 'zod';
import { recordLevelNames } from '../records/log-record.ts';
import { next } from './instance.ts';

const field = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const recordSchema = z
  .object({
    id: z.number().describe('Number of the record, in the order of receipt.'),
    time: z.iso.datetime().describe('Time of receipt.'),
    createdAt: z.iso.datetime().optional().describe('Time that the sender states.'),
    level: z.enum(recordLevelNames),
    levelNumber: z.number().describe('Severity in the numbers of Python.'),
    name: z.string(),
    version: z.string(),
    instance: z.string(),
    logger: z.string().optional(),
    message: z.string(),
    exception: z.string().optional(),
    stack: z.string().optional(),
    fields: z.record(z.string(), field).optional().describe('All other fields of the record.'),
    hops: z.array(z.string()).optional().describe('Services that have forwarded the record.'),
  })
  .meta({ id: 'LogRecord', description: 'A line of the log of a program.' });
export type RecordResponse = z.infer<typeof recordSchema>;

export const recordPageSchema = z.object({ records: z.array(recordSchema), next });
