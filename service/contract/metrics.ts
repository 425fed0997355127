import { silenceSources } from './api/silence.ts';
import { eventKinds } from './event.ts';
import { instanceStates } from './instance.ts';
import { deliveryMetrics } from './metrics/delivery.ts';

/**
 * Every metric that the service exposes: this table is the specification. The registry, the
 * reference page and the dashboards are derived from it.
 *
 * Labels take their values from closed sets (given here where they are short), never from the
 * network. A text describes a set that is known only once the service is configured.
 */
export type MetricDefinition = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[] | string>>;
  /** Upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: readonly number[];
};

/** The protocols that heartbeats come by. */
export const profiles = ['native', 'ge', 'hbtd'] as const;
export type Profile = (typeof profiles)[number];
const streams = ['heartbeats'] as const;

/** Why the service could not listen for a while. */
export const blindCauses = ['down', 'stall', 'suspend', 'store'] as const;
export type BlindCause = (typeof blindCauses)[number];

/** Why an item of a request, or a whole request, was not accepted. */
export const rejectionReasons = [
  'invalid',
  'malformed',
  'too-large',
  'bad-encoding',
  'wrong-method',
  'unauthorized',
  'forbidden',
  'rate-limited',
  'store-full',
  'store-unavailable',
  'draining',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

export const metricDefinitions = {
  received: {
    name: 'heartbeat_received_total',
    kind: 'counter',
    help: 'Heartbeats that arrived, good or bad.',
    labels: { profile: profiles },
  },
  accepted: {
    name: 'heartbeat_accepted_total',
    kind: 'counter',
    help: 'Heartbeats that are on disk and were acknowledged.',
    labels: { profile: profiles },
  },
  rejected: {
    name: 'heartbeat_rejected_total',
    kind: 'counter',
    help: 'Heartbeats, or whole requests that could not be read as such, that were refused.',
    labels: { profile: profiles, reason: rejectionReasons },
  },
  skewed: {
    name: 'heartbeat_clock_skew_total',
    kind: 'counter',
    help: 'Heartbeats from too far in the future, stored with the time of their receipt instead.',
    labels: { profile: profiles },
  },
  httpRequests: {
    name: 'heartbeat_http_requests_total',
    kind: 'counter',
    help: 'HTTP responses, by class of status.',
    labels: { status: ['2xx', '3xx', '4xx', '5xx'] },
  },
  accessRefusals: {
    name: 'heartbeat_access_refusals_total',
    kind: 'counter',
    help: 'Requests that were denied, by reason.',
    labels: {
      reason: [
        'missing',
        'malformed',
        'unknown',
        'untrusted-certificate',
        'expired',
        'scope',
        'caller-rate',
        'address-rate',
        'failures',
      ],
    },
  },
  reloads: {
    name: 'heartbeat_access_reloads_total',
    kind: 'counter',
    help: 'Reloads of tokens and certificates; after a failure the previous ones stay in force.',
    labels: { result: ['success', 'failure'] },
  },
  certificateExpiry: {
    name: 'heartbeat_certificate_expiry_timestamp_seconds',
    kind: 'gauge',
    help: "Time at which the service's own certificate expires; absent without TLS.",
    labels: {},
  },
  commitSeconds: {
    name: 'heartbeat_store_commit_seconds',
    kind: 'histogram',
    help: 'Time from handing a group of writes to the store until it is on disk.',
    labels: {},
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
  },
  commitRecords: {
    name: 'heartbeat_store_commit_records',
    kind: 'histogram',
    help: 'Heartbeats that shared one commit.',
    labels: {},
    buckets: [1, 4, 16, 64, 256, 1_000, 4_000, 16_000],
  },
  storeFailures: {
    name: 'heartbeat_store_failures_total',
    kind: 'counter',
    help: 'Commits that failed: nothing of them was acknowledged.',
    labels: { reason: ['full', 'read-only', 'io', 'corrupt', 'other'] },
  },
  outboxRecords: {
    name: 'heartbeat_outbox_records',
    kind: 'gauge',
    help: 'Records that wait for the slowest reader of the outbox.',
    labels: { stream: streams },
  },
  outboxLimit: {
    name: 'heartbeat_outbox_limit_records',
    kind: 'gauge',
    help: 'Records at which ingest answers 503 (outbox.maxRecords).',
    labels: {},
  },
  outboxAgeSeconds: {
    name: 'heartbeat_outbox_oldest_age_seconds',
    kind: 'gauge',
    help: 'Age of the oldest record that waits; 0 when none does.',
    labels: { stream: streams },
  },
  diskFreeBytes: {
    name: 'heartbeat_disk_free_bytes',
    kind: 'gauge',
    help: 'Room on the disk of the data folder; heartbeats are refused below outbox.minFreeBytes.',
    labels: {},
  },
  ...deliveryMetrics,
  tokenLogins: {
    name: 'heartbeat_keystone_logins_total',
    kind: 'counter',
    help: 'Token requests to Keystone, by result.',
    labels: { result: ['success', 'refused', 'unavailable'] },
  },
  tokenExpirySeconds: {
    name: 'heartbeat_keystone_token_expiry_seconds',
    kind: 'gauge',
    help: 'Seconds until the token in use expires; 0 when there is none.',
    labels: {},
  },
  loginFailing: {
    name: 'heartbeat_keystone_login_failing',
    kind: 'gauge',
    help: '1 while the last token request to Keystone failed.',
    labels: {},
  },
  instances: {
    name: 'heartbeat_instances',
    kind: 'gauge',
    help: 'Instances that are known, by state.',
    labels: { state: instanceStates },
  },
  hiddenComponents: {
    name: 'heartbeat_hidden_components',
    kind: 'gauge',
    help: 'Components without a series of their own, because there are more than metrics.maxComponents.',
    labels: {},
  },
  hiddenActiveInstances: {
    name: 'heartbeat_hidden_active_instances',
    kind: 'gauge',
    help: 'Instances of those components that are up or late: what a sum over the series lacks.',
    labels: {},
  },
  oldestBeatSeconds: {
    name: 'heartbeat_oldest_beat_age_seconds',
    kind: 'gauge',
    help: 'Age of the oldest last heartbeat among the instances that are up or late; blind time not counted.',
    labels: {},
  },
  massOutage: {
    name: 'heartbeat_mass_outage',
    kind: 'gauge',
    help: '1 while very many instances have fallen silent at once, and one event stands for all.',
    labels: {},
  },
  blindSeconds: {
    name: 'heartbeat_blind_seconds_total',
    kind: 'counter',
    help: 'Time in which the service could not listen, and which counts against nobody.',
    labels: { cause: blindCauses },
  },
  evaluationSeconds: {
    name: 'heartbeat_evaluation_seconds',
    kind: 'gauge',
    help: 'Work of the last pass that looked for silence.',
    labels: {},
  },
  evaluationLagSeconds: {
    name: 'heartbeat_evaluation_lag_seconds',
    kind: 'gauge',
    help: 'How much later than planned the last pass began.',
    labels: {},
  },
  evaluationAgeSeconds: {
    name: 'heartbeat_evaluation_age_seconds',
    kind: 'gauge',
    help: 'Time since the last pass whose results are on disk.',
    labels: {},
  },
  events: {
    name: 'heartbeat_events_total',
    kind: 'counter',
    help: 'Events that are on disk, by kind.',
    labels: { kind: eventKinds },
  },
  silences: {
    name: 'heartbeat_silences',
    kind: 'gauge',
    help: 'Silences that hold now, maintenance windows that are open included.',
    labels: { source: silenceSources },
  },
  silencedEvents: {
    name: 'heartbeat_silenced_events_total',
    kind: 'counter',
    help: 'Those of the events, by kind, that a silence or a maintenance window kept from being notified.',
    labels: { kind: eventKinds },
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricKey = keyof typeof metricDefinitions;

/**
 * What /metrics shows beside them: a sample for each component, of which there may be very many, and
 * what the path of a heartbeat counts in an array. Both are written as text, a piece at a time.
 */
export const componentMetricDefinitions = {
  activeInstances: {
    name: 'ge_heartbeat_active_instances',
    kind: 'gauge',
    help: 'Instances of a component that are up or late: not yet believed dead.',
    labels: { name: 'names of components', version: 'their versions' },
  },
  downInstances: {
    name: 'ge_heartbeat_down_instances',
    kind: 'gauge',
    help: 'Instances of a component that are believed dead.',
    labels: { name: 'names of components', version: 'their versions' },
  },
  expectedActiveInstances: {
    name: 'ge_heartbeat_expected_active_instances',
    kind: 'gauge',
    help: 'Active instances of all that matches a rule of liveness.rules with `expected`; 0 when there are none.',
    labels: { name: 'patterns of names in the rules', version: 'their patterns of versions' },
  },
  betweenBeatsSeconds: {
    name: 'heartbeat_between_beats_seconds',
    kind: 'histogram',
    help: 'Time between a heartbeat and the one before it of the same instance, by receipt.',
    labels: {},
    buckets: [0.5, 1, 2, 5, 8, 10, 12, 15, 20, 25, 28, 32, 40, 50, 58, 62, 75, 90, 120, 300, 900],
  },
} as const satisfies Record<string, MetricDefinition>;

/**
 * What /metrics/instances shows. The label is not called `instance`, for that is the address that
 * Prometheus scraped.
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
