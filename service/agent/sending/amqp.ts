import { type Broker, openBroker } from '../../amqp/broker.ts';
import type { OutgoingMessage } from '../../amqp/message.ts';
import type { Confirmation } from '../../amqp/publisher.ts';
import type { Declaration } from '../../amqp/topology.ts';
import { delivered, type Outcome, retry } from '../../contract/outcome.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { AmqpSettings } from '../config/settings.ts';
import { type AgentHeartbeat, formatHeartbeats } from '../heartbeat.ts';
import type { PublisherMessage } from '../pipeline-heartbeat/message.ts';
import type { PublisherBroker } from '../pipeline-heartbeat/settings.ts';
import type { AgentSender } from './sender.ts';

type SenderRuntime = Pick<Runtime, 'clock' | 'log'>;

/** Publishes batches of heartbeats as NDJSON; each is durable when the broker has confirmed it. */
export function createAmqpSender(
  { exchange, routingKey, ...address }: AmqpSettings,
  runtime: SenderRuntime,
): AgentSender<AgentHeartbeat> {
  const broker = open('agent', address, runtime);
  const publisher = broker.publisher();
  return {
    async send(batch) {
      const body = Buffer.from(formatHeartbeats(batch, runtime.clock.now()));
      const properties = { contentType: 'application/x-ndjson' };
      const message = { exchange, routingKey, body, properties, isPersistent: true };
      return outcomeOf(await publisher.publish(message));
    },
    close: () => broker.stop(0),
  };
}

/**
 * Publishes messages as the publisher of pipeline-heartbeat does: to an exchange that exists, without
 * any property. The queue is declared and bound, so that messages are kept for the subscriber. Unlike
 * the original it waits until the broker has confirmed each message.
 */
export function createPublisherSender(
  settings: PublisherBroker,
  runtime: SenderRuntime,
): AgentSender<PublisherMessage> {
  const { exchange, queue, routingKey, ...address } = settings;
  const broker = open('pipeline-heartbeat', address, runtime);
  const declare: Declaration[] = [
    { kind: 'queue', name: queue, durable: true },
    { kind: 'binding', queue, exchange, routingKey },
  ];
  const publisher = broker.publisher({ declare });
  const publish = (text: string) => {
    const message: OutgoingMessage = {
      ...{ exchange, routingKey, body: Buffer.from(text) },
      ...{ isPersistent: false, isBare: true },
    };
    return publisher.publish(message);
  };
  return {
    async send([first]) {
      return first ? outcomeOf(await publish(first.text)) : delivered;
    },
    close: () => broker.stop(0),
  };
}

function open(
  name: string,
  address: Parameters<typeof openBroker>[0]['address'],
  runtime: SenderRuntime,
): Broker {
  const metrics = createMetrics({ destination: [], connection: [name] });
  const broker = openBroker({ name, address }, { ...runtime, metrics });
  broker.start();
  return broker;
}

/** A message that no queue takes waits until one does: the records are not at fault. */
function outcomeOf(confirmation: Confirmation): Outcome {
  switch (confirmation.kind) {
    case 'confirmed':
      return delivered;
    case 'returned':
      return retry('unexpected-answer', confirmation.detail);
    case 'failed': {
      const { reason, detail } = confirmation;
      const reasons = {
        unavailable: 'unreachable',
        timeout: 'timeout',
        nacked: 'server-error',
      } as const;
      return retry(reasons[reason], detail);
    }
  }
}
