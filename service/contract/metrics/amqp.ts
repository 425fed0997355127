import type { MetricDefinition } from './definition.ts';

/** A closed set once the service is configured: see `createMetrics`. */
const connections = '`intake`, and the names of other connections to brokers';

/** Metrics of all connections to message brokers. */
export const amqpMetrics = {
  amqpUp: {
    name: 'heartbeat_amqp_up',
    kind: 'gauge',
    help: '1 while the connection to the broker is open, else 0.',
    labels: { connection: connections },
  },
  amqpBlocked: {
    name: 'heartbeat_amqp_blocked',
    kind: 'gauge',
    help: '1 while the broker does not take messages because of its memory or disk alarm, else 0.',
    labels: { connection: connections },
  },
  amqpConnects: {
    name: 'heartbeat_amqp_connects_total',
    kind: 'counter',
    help: 'Attempts to connect to the broker, by result.',
    labels: { connection: connections, result: ['success', 'failure'] },
  },
  amqpConsumers: {
    name: 'heartbeat_amqp_consumers',
    kind: 'gauge',
    help: 'Consumers of queues, by whether they receive messages.',
    labels: { connection: connections, state: ['running', 'waiting'] },
  },
  amqpMessages: {
    name: 'heartbeat_amqp_messages_total',
    kind: 'counter',
    help: 'Received messages, by result. A message that is retried is counted again when it is settled.',
    labels: {
      connection: connections,
      result: ['acknowledged', 'dead-lettered', 'dropped', 'retried'],
    },
  },
  amqpRedelivered: {
    name: 'heartbeat_amqp_redelivered_total',
    kind: 'counter',
    help: 'Messages that the broker had delivered before, to a consumer that did not acknowledge them.',
    labels: { connection: connections },
  },
  amqpPublished: {
    name: 'heartbeat_amqp_published_total',
    kind: 'counter',
    help: 'Published messages, by result; only a confirmed one is certain to be in a queue.',
    labels: {
      connection: connections,
      result: ['confirmed', 'returned', 'nacked', 'timeout', 'unavailable'],
    },
  },
} as const satisfies Record<string, MetricDefinition>;
