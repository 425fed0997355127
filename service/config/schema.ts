import { z } from 'zod';
import { authSection } from './sections/auth.ts';
import { destinationsSection } from './sections/destinations/destinations.ts';
import { eventsSection } from './sections/events.ts';
import { httpSection } from './sections/http.ts';
import { intakeSection } from './sections/intake.ts';
import { keystoneSection } from './sections/keystone.ts';
import { dimensionName, httpAddress, integer, metricName, nonEmptyText } from './sections/kinds.ts';
import { ledgerSection } from './sections/ledger.ts';
import { livenessSection, selfWatchSection } from './sections/liveness.ts';
import type { KeystoneConfig } from './sections/login.ts';
import { maintenanceSection } from './sections/maintenance.ts';
import { notifiersSection } from './sections/notifiers/notifiers.ts';
import { profilesSection } from './sections/profiles.ts';
import { proxySection } from './sections/proxy.ts';
import { recordsSection } from './sections/records/records.ts';
import { relaysSection } from './sections/relays/relays.ts';

const logSection = z
  .strictObject({
    level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('Minimum severity of the lines that are logged.'),
  })
  .prefault({})
  .describe('Log: JSON lines on standard output.');

const ingestSection = z
  .strictObject({
    maxFutureSeconds: integer(0, 86_400)
      .default(300)
      .describe(
        "Maximum time by which a heartbeat's timestamp may be ahead; beyond it, the time of receipt is stored instead.",
      ),
  })
  .prefault({})
  .describe('Acceptance of heartbeats.');

const outboxSection = z
  .strictObject({
    maxRecords: integer(1, 1_000_000_000)
      .default(10_000_000)
      .describe(
        'Maximum number of heartbeats that wait for delivery; beyond it, the service responds with 503.',
      ),
    minFreeBytes: integer(0, 1_099_511_627_776)
      .default(67_108_864)
      .describe(
        'Minimum of free disk space; below it, the service responds to heartbeats with 503. Delivery needs free space too.',
      ),
  })
  .prefault({})
  .describe('Durable log of heartbeats that wait for delivery.');

const deliverySection = z
  .strictObject({
    batchRecords: integer(1, 100_000)
      .default(1_000)
      .describe('Maximum number of records in a batch.'),
    batchWaitMs: integer(0, 60_000)
      .default(200)
      .describe('Time that a batch that is not full waits for more records.'),
    parallelBatches: integer(1, 64)
      .default(4)
      .describe('Number of batches that are sent in parallel.'),
    timeoutSeconds: integer(1, 600)
      .default(30)
      .describe('Time limit of one attempt to send a batch.'),
    backoff: z
      .strictObject({
        firstMs: integer(1, 3_600_000)
          .default(500)
          .describe('Maximum wait before the first retry; each further retry doubles it.'),
        maxMs: integer(1, 86_400_000).default(60_000).describe('Maximum wait between retries.'),
      })
      .refine((backoff) => backoff.firstMs <= backoff.maxMs, {
        path: ['maxMs'],
        error: 'at least delivery.backoff.firstMs',
      })
      .prefault({})
      .describe('Wait between attempts: random, up to a bound that doubles.'),
  })
  .prefault({})
  .describe('Delivery of records to their destination.');

const metricsSection = z
  .strictObject({
    maxComponents: integer(0, 100_000)
      .default(1_000)
      .describe('Number of components, the largest ones, that have series on /metrics.'),
    instances: z
      .boolean()
      .default(false)
      .describe('Serve /metrics/instances, with two series for each instance.'),
  })
  .prefault({})
  .describe('Metrics for Prometheus.');

const pageSection = z
  .strictObject({
    publicBadges: z
      .boolean()
      .default(false)
      .describe('Serve badges of components without a token: /badge/{name}.svg.'),
    publicWall: z
      .boolean()
      .default(false)
      .describe(
        'Serve the view for a screen on a wall without a token: /wall, with the names, versions and states of all components.',
      ),
  })
  .prefault({})
  .describe('Web page.');

const stopSection = z
  .strictObject({
    drainSeconds: integer(0, 3_600)
      .default(10)
      .describe('Time that a stop waits for deliveries; other records stay on disk.'),
  })
  .prefault({})
  .describe('Stop of the service.');

const monascaSection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Send heartbeats to Monasca. `false` also discards the waiting ones; without a Keystone login they are kept.',
      ),
    url: httpAddress()
      .optional()
      .describe("Address of Monasca, instead of the one in Keystone's catalog."),
    metricName: metricName().default('GE_Heartbeat').describe('Name of the metric of a heartbeat.'),
    dimensions: z
      .strictObject({
        name: dimensionName().default('name').describe('Dimension of the component name.'),
        version: dimensionName().default('version').describe('Dimension of the component version.'),
        instance: dimensionName().default('instance').describe('Dimension of the instance.'),
      })
      .refine(({ name, version, instance }) => new Set([name, version, instance]).size === 3, {
        error: 'three different names',
      })
      .prefault({})
      .describe('Names of the dimensions of the metric.'),
    passThrough: z
      .boolean()
      .default(false)
      .describe(
        "Serve /v2.0/…, read-only, with the responses of Monasca to the service's token: for Monasca clients without credentials.",
      ),
    query: z
      .strictObject({
        timeoutSeconds: integer(1, 600)
          .default(20)
          .describe('Time limit of a query, over all its pages.'),
        parallel: integer(1, 32)
          .default(4)
          .describe('Number of queries that are sent in parallel.'),
        maxMeasurements: integer(1_000, 100_000_000)
          .default(500_000)
          .describe(
            'Maximum number of heartbeats that a query reads one by one; beyond it, it reads statistics of time spans.',
          ),
        cacheSeconds: integer(1, 3_600).default(15).describe('Time that a result is cached.'),
      })
      .prefault({})
      .describe('Queries to Monasca.'),
  })
  .prefault({})
  .describe('Monasca, the destination of heartbeats.');

/**
 * Schema of all settings, from which the names of the environment variables, the example file, the
 * reference page and the check at start are derived. Metadata: `also` are other variables that set a
 * value, the strongest first; `secret` marks values that are never printed.
 */
export const configSchema = z.strictObject({
  http: httpSection,
  auth: authSection,
  dataDir: nonEmptyText().default('./data').describe('Folder of all stored data.'),
  log: logSection,
  ingest: ingestSection,
  intake: intakeSection,
  outbox: outboxSection,
  delivery: deliverySection,
  stop: stopSection,
  liveness: livenessSection,
  maintenance: maintenanceSection,
  events: eventsSection,
  ledger: ledgerSection,
  records: recordsSection,
  notifiers: notifiersSection,
  relays: relaysSection,
  metrics: metricsSection,
  selfWatch: selfWatchSection,
  page: pageSection,
  proxy: proxySection,
  keystone: keystoneSection,
  monasca: monascaSection,
  destinations: destinationsSection,
  profiles: profilesSection,
});

/** Settings as in the file, where Keystone's are a flat list. */
export type ConfigSettings = z.output<typeof configSchema>;

/** Configuration as the service uses it. Without `keystone` it runs without Monasca. */
export type Config = Omit<ConfigSettings, 'keystone'> & { readonly keystone?: KeystoneConfig };
