import { silenceSources } from './api/silence.ts';
import { eventKinds } from './event.ts';
import { instanceStates } from './instance.ts';
import { amqpMetrics } from './metrics/amqp.ts';
import type { MetricDefinition } from './metrics/definition.ts';
import { deliveryMetrics } from './metrics/delivery.ts';
import { recordMetrics } from './metrics/records.ts';
import { relayMetrics } from './metrics/relays.ts';

/** Protocols of heartbeats. */
const profiles = [
  'native',
  'ge',
  'hbtd',
  'herald',
  'lvmbeat',
  'amqp',
  'pipeline-heartbeat',
] as const;
export type Profile = (typeof profiles)[number];
const streams = ['heartbeats'] as const;

/** Reasons of blind time. */
export const blindCauses = ['down', 'stall', 'suspend', 'store'] as const;
export type BlindCause = (typeof blindCauses)[number];

/** Reasons why an item of a request, or a whole request, was rejected. */
const rejectionReasons = [
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

/**
 * Every metric of /metrics with a fixed number of samples: this table is the specification. The
 * registry, the reference page and the dashboards are derived from it.
 */
export const metricDefinitions = {
  received: {
    name: 'heartbeat_received_total',
    kind: 'counter',
    help: 'Received heartbeats, valid or not.',
    labels: { profile: profiles },
  },
  accepted: {
    name: 'heartbeat_accepted_total',
    kind: 'counter',
    help: 'Heartbeats that were stored and acknowledged.',
    labels: { profile: profiles },
  },
  rejected: {
    name: 'heartbeat_rejected_total',
    kind: 'counter',
    help: 'Rejected heartbeats, and rejected requests whose heartbeats could not be read, by reason.',
    labels: { profile: profiles, reason: rejectionReasons },
  },
  skewed: {
    name: 'heartbeat_clock_skew_total',
    kind: 'counter',
    help: 'Heartbeats with a timestamp too far in the future, stored with their time of receipt instead.',
    labels: { profile: profiles },
  },
  old: {
    name: 'heartbeat_old_timestamps_total',
    kind: 'counter',
    help: 'Heartbeats with a timestamp older than liveness.maxAgeSeconds: sent later, or by a clock that is behind.',
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
        'cross-site',
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
    help: 'Time of one commit, until it is on disk.',
    labels: {},
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
  },
  commitRecords: {
    name: 'heartbeat_store_commit_records',
    kind: 'histogram',
    help: 'Heartbeats in one commit.',
    labels: {},
    buckets: [1, 4, 16, 64, 256, 1_000, 4_000, 16_000],
  },
  storeFailures: {
    name: 'heartbeat_store_failures_total',
    kind: 'counter',
    help: 'Failed commits, whose requests were not acknowledged, by reason.',
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
    help: 'Number of records at which ingest responds with 503 (outbox.maxRecords).',
    labels: {},
  },
  outboxAgeSeconds: {
    name: 'heartbeat_outbox_oldest_age_seconds',
    kind: 'gauge',
    help: 'Age of the oldest waiting record; 0 when there is none.',
    labels: { stream: streams },
  },
  diskFreeBytes: {
    name: 'heartbeat_disk_free_bytes',
    kind: 'gauge',
    help: 'Free space on the disk of the data folder; below outbox.minFreeBytes heartbeats are rejected.',
    labels: {},
  },
  ...deliveryMetrics,
  ...relayMetrics,
  ...amqpMetrics,
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
    help: '1 if the last token request to Keystone failed, else 0.',
    labels: {},
  },
  instances: {
    name: 'heartbeat_instances',
    kind: 'gauge',
    help: 'Known instances, by state.',
    labels: { state: instanceStates },
  },
  notOkInstances: {
    name: 'heartbeat_not_ok_instances',
    kind: 'gauge',
    help: 'Known instances that are alive and report that something is wrong with them.',
    labels: {},
  },
  skewedInstances: {
    name: 'heartbeat_skewed_instances',
    kind: 'gauge',
    help: 'Known instances whose clock is wrong, by direction.',
    labels: { direction: ['ahead', 'behind'] },
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
    help: 'Instances of hidden components that are up or late, which a sum over the series misses.',
    labels: {},
  },
  oldestBeatSeconds: {
    name: 'heartbeat_oldest_beat_age_seconds',
    kind: 'gauge',
    help: 'Greatest time since the last heartbeat among the instances that are up or late, without blind time.',
    labels: {},
  },
  massOutage: {
    name: 'heartbeat_mass_outage',
    kind: 'gauge',
    help: '1 during a mass outage, which is reported with one event, else 0.',
    labels: {},
  },
  blindSeconds: {
    name: 'heartbeat_blind_seconds_total',
    kind: 'counter',
    help: 'Time in which the service could not receive heartbeats, which counts against no instance.',
    labels: { cause: blindCauses },
  },
  evaluationSeconds: {
    name: 'heartbeat_evaluation_seconds',
    kind: 'gauge',
    help: 'Duration of the last evaluation.',
    labels: {},
  },
  evaluationLagSeconds: {
    name: 'heartbeat_evaluation_lag_seconds',
    kind: 'gauge',
    help: 'Delay of the last evaluation against its schedule.',
    labels: {},
  },
  evaluationAgeSeconds: {
    name: 'heartbeat_evaluation_age_seconds',
    kind: 'gauge',
    help: 'Time since the last evaluation whose results are on disk.',
    labels: {},
  },
  events: {
    name: 'heartbeat_events_total',
    kind: 'counter',
    help: 'Stored events, by kind.',
    labels: { kind: eventKinds },
  },
  silences: {
    name: 'heartbeat_silences',
    kind: 'gauge',
    help: 'Active silences and open maintenance windows, by source.',
    labels: { source: silenceSources },
  },
  silencedEvents: {
    name: 'heartbeat_silenced_events_total',
    kind: 'counter',
    help: 'Events whose notification a silence or a maintenance window suppressed, by kind.',
    labels: { kind: eventKinds },
  },
  ...recordMetrics,
} as const satisfies Record<string, MetricDefinition>;

export type MetricKey = keyof typeof metricDefinitions;
