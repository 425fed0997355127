import { z } from 'zod';
import { eventKinds, type LivenessEvent } from './event.ts';
import { instanceStates } from './instance.ts';

/**
 * How events look outside: CloudEvents 1.0 in the JSON format, structured mode
 * (github.com/cloudevents/spec). `source` and `id` together are unique: whoever gets an event twice
 * can tell.
 */
export const cloudEventType = 'application/cloudevents+json';
/** Several, in a JSON array. */
export const cloudEventBatchType = 'application/cloudevents-batch+json';
export const defaultSource = '/ge-heartbeat';

const typePrefix = 'org.fiware.ge-heartbeat.';
const types = eventKinds.map((kind) => `${typePrefix}${kind}` as const);

const dataSchema = z
  .strictObject({
    kind: z.enum(eventKinds),
    name: z.string().optional(),
    version: z.string().optional(),
    instance: z.string().optional(),
    state: z.enum(instanceStates).optional(),
    previous: z.enum(instanceStates).optional(),
    ageSeconds: z.number().optional().describe('Seconds since the last heartbeat.'),
    lateSeconds: z.number().optional().describe('Its threshold for `late`.'),
    downSeconds: z.number().optional().describe('Its threshold for `down`.'),
    silencedBy: z
      .string()
      .optional()
      .describe('The silence or maintenance window that held when it was made.'),
    reason: z.string().describe('One sentence for a person.'),
    details: z.record(z.string(), z.unknown()).optional().describe('What only this kind has.'),
  })
  .describe('What happened.');

export const cloudEventSchema = z
  .strictObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1).describe('A ULID: the same at every delivery.'),
    source: z.string().min(1).describe('Who says so; a URI reference.'),
    type: z.enum(types),
    time: z.iso.datetime().describe('When it became true.'),
    subject: z
      .string()
      .min(1)
      .optional()
      .describe('name/version/instance or name/version, each percent-encoded.'),
    datacontenttype: z.literal('application/json'),
    data: dataSchema,
  })
  .meta({ id: 'CloudEvent', description: 'What happened, as CloudEvents 1.0 words it.' });
export type CloudEvent = z.infer<typeof cloudEventSchema>;

export function cloudEvent(event: LivenessEvent, source: string = defaultSource): CloudEvent {
  const { id, atMs, kind, subject, state, previous, ageSeconds, thresholds } = event;
  const { silencedBy, reason, data } = event;
  return {
    specversion: '1.0',
    id,
    source,
    type: `${typePrefix}${kind}`,
    time: new Date(atMs).toISOString(),
    ...(subject === undefined ? {} : { subject: subjectOf(subject) }),
    datacontenttype: 'application/json',
    data: {
      kind,
      ...subject,
      ...(state === undefined ? {} : { state }),
      ...(previous === undefined ? {} : { previous }),
      ...(ageSeconds === undefined ? {} : { ageSeconds }),
      ...thresholds,
      ...(silencedBy === undefined ? {} : { silencedBy }),
      reason,
      ...(data === undefined ? {} : { details: data }),
    },
  };
}

/** Half a surrogate pair cannot be encoded: it becomes the replacement character. */
const subjectOf = (subject: NonNullable<LivenessEvent['subject']>): string =>
  [subject.name, subject.version, ...('instance' in subject ? [subject.instance] : [])]
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
