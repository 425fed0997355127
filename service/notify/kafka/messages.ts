import type { KafkaConfig } from '../../config/sections/notifiers/kafka.ts';
import { cloudEvent, cloudEventType } from '../../contract/cloud-event.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { goJson } from '../state-manager/go-json.ts';
import { telemetryMessage } from '../state-manager/telemetry.ts';

/** A message of a topic, with the id of its event. */
export type KafkaMessage = {
  readonly id: string;
  /** Undefined: the messages go to the partitions in turn. */
  readonly key: Buffer | undefined;
  readonly value: Buffer;
  readonly headers: ReadonlyMap<Buffer, Buffer>;
};

/** The messages for events; none for events that the format does not have. */
export function messagesOf(
  events: readonly LivenessEvent[],
  format: KafkaConfig['format'],
): KafkaMessage[] {
  return events.flatMap((event) => {
    const message = format === 'hbtd' ? hbtdMessage(event) : cloudMessage(event);
    return message ? [message] : [];
  });
}

const contentType = new Map([
  [Buffer.from('content-type'), Buffer.from(`${cloudEventType}; charset=UTF-8`)],
]);
const noHeaders = new Map<Buffer, Buffer>();

/** Structured mode of CloudEvents' protocol binding for Kafka. */
function cloudMessage(event: LivenessEvent): KafkaMessage {
  const { id, subject } = event;
  const component = subject && [subject.name, subject.version];
  const key = component?.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
  return {
    id,
    key: key === undefined ? undefined : Buffer.from(key),
    value: Buffer.from(JSON.stringify(cloudEvent(event))),
    headers: contentType,
  };
}

/** Without a key and headers, as hbtd sends it. */
function hbtdMessage(event: LivenessEvent): KafkaMessage | undefined {
  const message = telemetryMessage(event);
  if (!message) return undefined;
  return { id: event.id, key: undefined, value: Buffer.from(goJson(message)), headers: noHeaders };
}

/** A broker rejects a request of more than a mebibyte, unless it is configured otherwise. */
const maxBytes = 500_000;
/** More than the bytes around a message on the wire. */
const overheadBytes = 200;

/** Cuts messages into requests by their size; one that is larger alone is a request of its own. */
export function cutBySize(messages: readonly KafkaMessage[]): KafkaMessage[][] {
  const requests: KafkaMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const its = message.value.length + (message.key?.length ?? 0) + overheadBytes;
    const last = requests.at(-1);
    if (last && bytes + its <= maxBytes) {
      last.push(message);
      bytes += its;
    } else {
      requests.push([message]);
      bytes = its;
    }
  }
  return requests;
}
