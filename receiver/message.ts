import { z } from 'zod';
import {
  type CloudEvent,
  cloudEventBatchType,
  cloudEventSchema,
  cloudEventType,
} from '../service/contract/cloud-event.ts';

/** One event or alert of a message, for people. */
export type Item = {
  /** Identifies a repeated delivery; only CloudEvents have one. */
  readonly id: string | undefined;
  /** ISO 8601 time. */
  readonly time: string | undefined;
  readonly kind: string;
  readonly text: string;
};

/** Parses the body of a message by its content type; undefined if the format is unknown. */
export function readMessage(type: string, text: string): readonly Item[] | undefined {
  const json = parsed(text);
  const [mediaType = ''] = type.split(';');
  switch (mediaType.trim().toLowerCase()) {
    case cloudEventType:
      return itemsOf(cloudEventSchema.safeParse(json).data, eventItem);
    case cloudEventBatchType:
      return z.array(cloudEventSchema).safeParse(json).data?.map(eventItem);
    default:
      return itemsOf(slackSchema.safeParse(json).data, slackItem) ?? alertItems(json);
  }
}

const itemsOf = <T>(message: T | undefined, read: (message: T) => Item) =>
  message === undefined ? undefined : [read(message)];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function eventItem({ id, time, data }: CloudEvent): Item {
  const { kind, name, version, instance, reason } = data;
  const subject = [name, version, instance].filter((part) => part !== undefined).join(' ');
  return { id, time, kind, text: subject === '' ? reason : `${subject}: ${reason}` };
}

/** A message to an incoming webhook of Slack; its `text` repeats what the blocks contain. */
const slackSchema = z.looseObject({ text: z.string() });

const slackItem = ({ text }: z.infer<typeof slackSchema>): Item => ({
  id: undefined,
  time: undefined,
  kind: 'slack',
  text,
});

/** The alerts of a request to an Alertmanager. */
const alertsSchema = z
  .array(
    z.looseObject({
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()).default({}),
      startsAt: z.iso.datetime({ offset: true }).optional(),
      endsAt: z.iso.datetime({ offset: true }).optional(),
    }),
  )
  .min(1);

function alertItems(json: unknown): readonly Item[] | undefined {
  return alertsSchema.safeParse(json).data?.map(({ labels, annotations, startsAt, endsAt }) => {
    const isResolved = endsAt !== undefined && Date.parse(endsAt) <= Date.now();
    const names = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return {
      id: undefined,
      time: isResolved ? endsAt : startsAt,
      kind: isResolved ? 'resolved' : 'firing',
      text: `${names.join(' ')}: ${annotations['summary'] ?? annotations['description'] ?? ''}`,
    };
  });
}
