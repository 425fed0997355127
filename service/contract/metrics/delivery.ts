import type { MetricDefinition } from '../metrics.ts';
import { retryReasons } from '../outcome.ts';

/** Closed at the start: see `createMetrics`. */
const destinations = '`monasca`, or `notifier.` and the name of a configured notifier';

/** Of destinations: Monasca and notifiers alike. */
export const deliveryMetrics = {
  deadLetters: {
    name: 'heartbeat_dead_letters',
    kind: 'gauge',
    help: 'Records kept because their destination will never take them.',
    labels: { destination: destinations },
  },
  expiredUndeliveredEvents: {
    name: 'heartbeat_events_expired_undelivered_total',
    kind: 'counter',
    help: 'Events that were removed for their age before their notifier could be told of them.',
    labels: { destination: destinations },
  },
  deliveredBatches: {
    name: 'heartbeat_delivered_batches_total',
    kind: 'counter',
    help: 'Batches that a destination took.',
    labels: { destination: destinations },
  },
  deliveredRecords: {
    name: 'heartbeat_delivered_records_total',
    kind: 'counter',
    help: 'Records that a destination took.',
    labels: { destination: destinations },
  },
  deliveryFailures: {
    name: 'heartbeat_delivery_failures_total',
    kind: 'counter',
    help: 'Attempts at delivery that have to be made again, by reason.',
    labels: { destination: destinations, reason: retryReasons },
  },
  rejectedBatches: {
    name: 'heartbeat_delivery_rejected_batches_total',
    kind: 'counter',
    help: 'Batches refused as a whole and halved, or a single record that became a dead letter.',
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
    help: 'Records on disk that the destination has not been brought to yet.',
    labels: { destination: destinations },
  },
} as const satisfies Record<string, MetricDefinition>;
