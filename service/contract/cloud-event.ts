import { z } from 'zod';
import { defined } from './defined.ts';
import { eventKinds, type LivenessEvent } from './event.ts';
import { instanceStates } from './instance.ts';

/**
 * Events as CloudEvents 1.0 in the JSON format, structured mode (github.com/cloudevents/spec).
 * `source` and `id` together are unique, so a recipient can detect duplicates.
 */
export const cloudEventType = 'application/cloudevents+json';
/** A JSON array of events. */
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
    lateSeconds: z.number().optional().describe('Threshold of the instance for `late`.'),
    downSeconds: z.number().optional().describe('Threshold of the instance for `down`.'),
    silencedBy: z
      .string()
      .optional()
      .describe(
        'Id of the silence or maintenance window that was active when the event was created.',
      ),
    reason: z.string().describe('Description in one sentence.'),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Further fields of this kind of event.'),
  })
  .describe('The event.');

export const cloudEventSchema = z
  .strictObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1).describe('A ULID, the same in every delivery.'),
    source: z.string().min(1).describe('Origin of the event: a URI reference.'),
    type: z.enum(types),
    time: z.iso.datetime().describe('Time when the state of the event began.'),
    subject: z
      .string()
      .min(1)
      .optional()
      .describe('name/version/instance or name/version, each percent-encoded.'),
    datacontenttype: z.literal('application/json'),
    data: dataSchema,
  })
  .meta({ id: 'CloudEvent', description: 'An event in the format of CloudEvents 1.0.' });
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
    ...defined({ subject: subject && subjectOf(subject) }),
    datacontenttype: 'application/json',
    data: {
      kind,
      ...subject,
      ...defined({ state, previous, ageSeconds }),
      ...thresholds,
      ...defined({ silencedBy }),
      reason,
      ...defined({ details: data }),
    },
  };
}

/** Half a surrogate pair cannot be encoded, and becomes the replacement character. */
const subjectOf = (subject: NonNullable<LivenessEvent['subject']>): string =>
  [subject.name, subject.version, ...('instance' in subject ? [subject.instance] : [])]
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
