import { defined } from '../contract/defined.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StoreRejected } from './consumer.ts';
import type { IncomingMessage } from './message.ts';
import type { Publisher } from './publisher.ts';

/** Headers that a rejected message gets beside its own. */
export const deadLetterHeaders = {
  reason: 'heartbeat-reason',
  queue: 'heartbeat-queue',
  rejectedAt: 'heartbeat-rejected-at',
} as const;

/** Longest reason in a header, which has to fit into a frame with the others. */
const maxReasonCharacters = 1_000;

/** Publishes rejected messages of a queue to another one, with the reason in a header. */
export function toQueue(
  deadLetterQueue: string,
  queue: string,
  publisher: Publisher,
  clock: Clock,
): StoreRejected {
  return async (message, reason) => {
    const confirmation = await publisher.publish({
      exchange: '',
      routingKey: deadLetterQueue,
      body: message.body,
      isPersistent: true,
      properties: keptProperties(message),
      headers: {
        ...message.headers,
        [deadLetterHeaders.reason]: reason.slice(0, maxReasonCharacters),
        [deadLetterHeaders.queue]: queue,
        [deadLetterHeaders.rejectedAt]: new Date(clock.now()).toISOString(),
      },
    });
    if (confirmation.kind === 'confirmed') return { kind: 'stored' };
    return { kind: 'failed', detail: confirmation.detail };
  };
}

/** An `expiration` would delete the message there too. */
function keptProperties({ properties }: IncomingMessage): IncomingMessage['properties'] {
  const { contentType, contentEncoding, correlationId, messageId, timestamp, type, appId } =
    properties;
  return defined({
    contentType,
    contentEncoding,
    correlationId,
    messageId,
    timestamp,
    type,
    appId,
  });
}
