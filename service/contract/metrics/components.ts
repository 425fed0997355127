import { instanceStates } from '../instance.ts';
import type { MetricDefinition } from './definition.ts';

/**
 * Metrics with a sample for each component, of which there may be very many, and a histogram that
 * the path of a heartbeat counts in an array. Both are written as text, a piece at a time.
 */
export const componentMetricDefinitions = {
  activeInstances: {
    name: 'ge_heartbeat_active_instances',
    kind: 'gauge',
    help: 'Instances of a component that are up or late.',
    labels: { name: 'names of components', version: 'their versions' },
  },
  downInstances: {
    name: 'ge_heartbeat_down_instances',
    kind: 'gauge',
    help: 'Instances of a component that are down.',
    labels: { name: 'names of components', version: 'their versions' },
  },
  expectedActiveInstances: {
    name: 'ge_heartbeat_expected_active_instances',
    kind: 'gauge',
    help: 'Active instances that match a rule of liveness.rules with `expected`.',
    labels: { name: 'patterns of names in the rules', version: 'their patterns of versions' },
  },
  betweenBeatsSeconds: {
    name: 'heartbeat_between_beats_seconds',
    kind: 'histogram',
    help: 'Time between two successive heartbeats of an instance, by receipt.',
    labels: {},
    buckets: [0.5, 1, 2, 5, 8, 10, 12, 15, 20, 25, 28, 32, 40, 50, 58, 62, 75, 90, 120, 300, 900],
  },
} as const satisfies Record<string, MetricDefinition>;

/**
 * Metrics of /metrics/instances. The label is not called `instance`, because Prometheus sets that to
 * the address that it scraped.
 */
export const instanceMetricDefinitions = {
  state: {
    name: 'ge_heartbeat_instance_state',
    kind: 'gauge',
    help: `State of an instance: ${instanceStates.map((state, at) => `${at} ${state}`).join(', ')}.`,
    labels: { name: 'names', version: 'versions', instance_id: 'instances' },
  },
  ageSeconds: {
    name: 'ge_heartbeat_instance_beat_age_seconds',
    kind: 'gauge',
    help: 'Time since the last heartbeat of an instance; blind time not counted.',
    labels: { name: 'names', version: 'versions', instance_id: 'instances' },
  },
} as const satisfies Record<string, MetricDefinition>;
