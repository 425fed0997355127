import { z } from 'zod';
import {
  type CloudEvent,
  cloudEventBatchType,
  cloudEventSchema,
  cloudEventType,
} from '../service/contract/cloud-event.ts';

/** One thing that a message says, as a person reads it. */
export type Item = {
  /** What makes it the same when it comes again; nothing where the message has none. */
  readonly id: string | undefined;
  readonly at: string | undefined;
  readonly what: string;
  readonly text: string;
};

/** What a message says, or nothing where nobody knows how to read it. */
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
  return { id, at: time, what: kind, text: subject === '' ? reason : `${subject}: ${reason}` };
}

/** Slack's incoming webhooks: the text for those who see no blocks is enough here. */
const slackSchema = z.looseObject({ text: z.string() });

const slackItem = ({ text }: z.infer<typeof slackSchema>): Item => ({
  id: undefined,
  at: undefined,
  what: 'slack',
  text,
});

/** What is posted to an Alertmanager. */
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
    const isOver = endsAt !== undefined && Date.parse(endsAt) <= Date.now();
    const of = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return {
      id: undefined,
      at: isOver ? endsAt : startsAt,
      what: isOver ? 'resolved' : 'firing',
      text: `${of.join(' ')}: ${annotations['summary'] ?? annotations['description'] ?? ''}`,
    };
  });
}
