import { retryReasons } from '../outcome.ts';
import type { MetricDefinition } from './definition.ts';

/** A closed set once the service is configured: see `createMetrics`. */
const destinations =
  '`monasca`, `redis` (heartbeats), `redis.changes` (events), or `notifier.` and the name of a configured notifier';

/** Metrics of all destinations: Monasca, Redis and notifiers. */
export const deliveryMetrics = {
  deadLetters: {
    name: 'heartbeat_dead_letters',
    kind: 'gauge',
    help: 'Records that their destination rejected, kept as dead letters.',
    labels: { destination: destinations },
  },
  expiredUndeliveredEvents: {
    name: 'heartbeat_events_expired_undelivered_total',
    kind: 'counter',
    help: 'Events that expired before they were delivered to their notifier.',
    labels: { destination: destinations },
  },
  deliveredBatches: {
    name: 'heartbeat_delivered_batches_total',
    kind: 'counter',
    help: 'Batches delivered to a destination.',
    labels: { destination: destinations },
  },
  deliveredRecords: {
    name: 'heartbeat_delivered_records_total',
    kind: 'counter',
    help: 'Records delivered to a destination.',
    labels: { destination: destinations },
  },
  deliveryFailures: {
    name: 'heartbeat_delivery_failures_total',
    kind: 'counter',
    help: 'Delivery attempts that failed and are retried, by reason.',
    labels: { destination: destinations, reason: retryReasons },
  },
  rejectedBatches: {
    name: 'heartbeat_delivery_rejected_batches_total',
    kind: 'counter',
    help: 'Rejected batches, which are halved, and rejected single records, which become dead letters.',
    labels: { destination: destinations },
  },
  deliverySeconds: {
    name: 'heartbeat_delivery_attempt_seconds',
    kind: 'histogram',
    help: 'Time of one attempt to deliver a batch.',
    labels: { destination: destinations },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  deliveryUp: {
    name: 'heartbeat_destination_up',
    kind: 'gauge',
    help: '1 while the last attempt succeeded, 0 during an outage.',
    labels: { destination: destinations },
  },
  deliveryBehind: {
    name: 'heartbeat_destination_behind_records',
    kind: 'gauge',
    help: 'Stored records that are not yet delivered to the destination.',
    labels: { destination: destinations },
  },
} as const satisfies Record<string, MetricDefinition>;
