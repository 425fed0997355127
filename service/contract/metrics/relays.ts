import type { MetricDefinition } from './definition.ts';

/** A closed set once the service is configured: see `createMetrics`. */
const relays = 'names of configured relays';

/** Metrics of relays. */
export const relayMetrics = {
  relayOpen: {
    name: 'heartbeat_relay_open',
    kind: 'gauge',
    help: '1 while the gate of the relay is open, also by a bypass, else 0.',
    labels: { relay: relays },
  },
  relayBypassed: {
    name: 'heartbeat_relay_bypassed',
    kind: 'gauge',
    help: '1 while a bypass holds the gate open, else 0.',
    labels: { relay: relays },
  },
  relayMissing: {
    name: 'heartbeat_relay_missing_sources',
    kind: 'gauge',
    help: 'Critical sources of the relay that are not fresh.',
    labels: { relay: relays },
  },
  relayEmissions: {
    name: 'heartbeat_relay_emissions_total',
    kind: 'counter',
    help: 'Heartbeats that the relay has sent to its target, by result.',
    labels: { relay: relays, result: ['success', 'failure'] },
  },
  relayEmittedAt: {
    name: 'heartbeat_relay_last_emission_timestamp_seconds',
    kind: 'gauge',
    help: 'Time of the last heartbeat that the target accepted; absent before the first one.',
    labels: { relay: relays },
  },
} as const satisfies Record<string, MetricDefinition>;
