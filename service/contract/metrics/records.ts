/** Reasons why what a client of the record intake sent was not stored. */
export const recordRefusals = [
  ...(['malformed', 'not-plain-data', 'too-large', 'invalid'] as const),
  /** It has been here before: services forward to each other. */
  'loop',
] as const;
export type RecordRefusal = (typeof recordRefusals)[number];

/** Ways in which records arrive. */
export const recordFormats = ['pickle', 'json', 'syslog', 'http'] as const;
export type RecordFormat = (typeof recordFormats)[number];

/** Metrics of records. */
export const recordMetrics = {
  recordsStored: {
    name: 'heartbeat_records_stored_total',
    kind: 'counter',
    help: 'Log records that were stored, by the format in which they arrived.',
    labels: { format: recordFormats },
  },
  recordsRefused: {
    name: 'heartbeat_records_refused_total',
    kind: 'counter',
    help: 'Log records that were refused, by reason; after most of them the connection is closed.',
    labels: { reason: recordRefusals },
  },
  recordConnections: {
    name: 'heartbeat_record_connections',
    kind: 'gauge',
    help: 'Open connections of senders of records.',
    labels: {},
  },
  recordBytes: {
    name: 'heartbeat_record_store_bytes',
    kind: 'gauge',
    help: 'Size of the stored records.',
    labels: {},
  },
  recordsKept: {
    name: 'heartbeat_records_kept',
    kind: 'gauge',
    help: 'Number of stored records.',
    labels: {},
  },
  recordCommitSeconds: {
    name: 'heartbeat_record_commit_seconds',
    kind: 'histogram',
    help: 'Time of one commit of records, until it is on disk.',
    labels: {},
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  },
  recordsInCommit: {
    name: 'heartbeat_record_commit_records',
    kind: 'histogram',
    help: 'Log records in one commit.',
    labels: {},
    buckets: [1, 4, 16, 64, 256, 1_000, 4_000],
  },
  recordStoreFailures: {
    name: 'heartbeat_record_store_failures_total',
    kind: 'counter',
    help: 'Failed commits of log records, whose senders wait, by reason.',
    labels: { reason: ['full', 'read-only', 'io', 'corrupt', 'other'] },
  },
  patternMatches: {
    name: 'heartbeat_pattern_matches_total',
    kind: 'counter',
    help: 'Events of patterns on records.',
    labels: {},
  },
} as const;
