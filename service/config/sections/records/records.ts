import { RE2JS } from 're2js';
import { z } from 'zod';
import { recordLevelNames } from '../../../contract/records/log-record.ts';
import { certificateFile, globPattern, integer, secretText } from '../kinds.ts';

const aName = '1 to 40 lower-case letters, digits and hyphens';
const aRegex = 'a regular expression in the syntax of RE2';
const seconds = () => integer(1, 31_536_000);

function isRegex(text: string): boolean {
  try {
    return RE2JS.compile(text) !== undefined;
  } catch {
    return false;
  }
}

const patternSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .meta({ expects: aName })
      .describe('Name of the pattern, which its events have.'),
    contains: z.string().min(1).max(1_000).optional().describe('Text that the message contains.'),
    regex: z
      .string()
      .min(1)
      .max(1_000)
      .refine(isRegex, { error: aRegex })
      .meta({ expects: aRegex })
      .optional()
      .describe('Regular expression (RE2) that the message matches somewhere.'),
    level: z.enum(recordLevelNames).optional().describe('Minimum level.'),
    component: globPattern().default('*').describe('Names of components.'),
    instance: globPattern().default('*').describe('Instances.'),
    logger: globPattern().default('*').describe('Names of loggers.'),
    count: integer(1, 10_000)
      .default(1)
      .describe('Number of such records within withinSeconds that make an event.'),
    withinSeconds: seconds().default(60).describe('Time window of these records.'),
    absentSeconds: seconds()
      .optional()
      .describe('Make an event when there was no such record for so long, instead of counting.'),
    quietSeconds: seconds()
      .default(300)
      .describe('Time without such a record after which the pattern has ended.'),
  })
  .refine(({ absentSeconds, count }) => absentSeconds === undefined || count === 1, {
    path: ['count'],
    error: 'no count beside absentSeconds',
  });

const aTarget = 'herald://HOST:PORT, or an http:// or https:// address';

const forwardSection = z
  .strictObject({
    url: z
      .string()
      .refine(isTarget, { error: aTarget })
      .meta({ expects: aTarget })
      .optional()
      .describe(
        'Where records go: herald://HOST:PORT for a bridge of ps.herald, or the address of another GE Heartbeat.',
      ),
    token: secretText().optional().meta({
      secret: true,
      description: 'Token for the other GE Heartbeat, with the scope ingest.',
    }),
    caFile: certificateFile()
      .optional()
      .describe('File with the certificates (PEM) to trust, instead of the built-in ones.'),
    timeoutSeconds: integer(1, 600).default(30).describe('Time limit of one batch.'),
  })
  .prefault({})
  .describe('Another service that gets all records.');

function isTarget(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'herald:') return url.port !== '' && /^\/?$/.test(url.pathname);
  return url.protocol === 'http:' || url.protocol === 'https:';
}

export const recordsSection = z
  .strictObject({
    retentionDays: integer(1, 36_500).default(30).describe('Days for which records are kept.'),
    maxBytes: integer(1_048_576, 1_099_511_627_776)
      .default(1_073_741_824)
      .describe('Maximum size of all records; beyond it the oldest are removed.'),
    maxStreams: integer(1, 100_000)
      .default(100)
      .describe('Maximum number of open streams of records; further ones get 503.'),
    heartbeats: z
      .boolean()
      .default(true)
      .describe('Whether a record is a heartbeat of its instance too, at most one a second.'),
    forward: forwardSection,
    patterns: z
      .array(patternSchema)
      .default([])
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
        error: 'different names',
      })
      .describe(
        'Patterns on records, which make events: {name, contains, regex, level, component, instance, logger, count, withinSeconds, absentSeconds, quietSeconds}.',
      ),
  })
  .prefault({})
  .describe('Log records, which the profile herald receives.');

export type RecordsConfig = z.output<typeof recordsSection>;
export type PatternConfig = RecordsConfig['patterns'][number];
