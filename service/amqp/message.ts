import type { ConsumeMessage, Options } from 'amqplib';

/** Properties of a message, all of which are optional in the protocol. */
export type MessageProperties = {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  /** Seconds since the epoch, by the protocol; some publishers set milliseconds. */
  readonly timestamp?: number;
  readonly type?: string;
  readonly appId?: string;
};

/** A message as a consumer receives it. */
export type IncomingMessage = {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: MessageProperties;
  readonly exchange: string;
  readonly routingKey: string;
  /** The broker has delivered it before, to a consumer that did not acknowledge it. */
  readonly isRedelivered: boolean;
};

/** A message to publish. It is always mandatory: the broker returns it if no queue takes it. */
export type OutgoingMessage = {
  /** Empty for the default exchange, whose routing key is the name of a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  /** Kept on disk by durable queues. */
  readonly isPersistent: boolean;
  /** Without `messageId`, a random one of 32 hexadecimal digits is set. */
  readonly properties?: MessageProperties;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Has no property but the empty table of headers that the library always sends; one at a time. */
  readonly isBare?: boolean;
};

/** Key of a bare message among those without an answer: what `String` makes of an absent id. */
export const bareMessageId = 'undefined';

export function incoming({ content, fields, properties }: ConsumeMessage): IncomingMessage {
  return {
    body: content,
    headers: properties.headers ?? {},
    properties,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    isRedelivered: fields.redelivered,
  };
}

export function publishOptions(message: OutgoingMessage, messageId: string): Options.Publish {
  if (message.isBare) return { mandatory: true };
  return {
    ...message.properties,
    messageId,
    mandatory: true,
    persistent: message.isPersistent,
    headers: { ...message.headers },
  };
}
