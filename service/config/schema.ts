import { z } from 'zod';
import { authSection } from './sections/auth.ts';
import { eventsSection } from './sections/events.ts';
import { httpSection } from './sections/http.ts';
import { keystoneSection } from './sections/keystone.ts';
import { dimensionName, httpAddress, metricName, whole } from './sections/kinds.ts';
import { ledgerSection } from './sections/ledger.ts';
import { livenessSection, selfWatchSection } from './sections/liveness.ts';
import type { KeystoneConfig } from './sections/login.ts';
import { maintenanceSection } from './sections/maintenance.ts';
import { notifiersSection } from './sections/notifiers/notifiers.ts';
import { profilesSection } from './sections/profiles.ts';

const logSection = z
  .strictObject({
    level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('The least severe lines that are written.'),
  })
  .prefault({})
  .describe('The log: JSON lines on standard output.');

const ingestSection = z
  .strictObject({
    maxFutureSeconds: whole(0, 86_400)
      .default(300)
      .describe(
        "How far in the future a heartbeat's timestamp may be; beyond, the time of its receipt is kept instead.",
      ),
  })
  .prefault({})
  .describe('Taking heartbeats in.');

const outboxSection = z
  .strictObject({
    maxRecords: whole(1, 1_000_000_000)
      .default(10_000_000)
      .describe('Heartbeats that may wait for delivery; beyond, new ones are answered with 503.'),
    minFreeBytes: whole(0, 1_099_511_627_776)
      .default(67_108_864)
      .describe(
        'Room that is left on the disk; with less, new heartbeats are answered with 503. Delivery needs some of it to make room again.',
      ),
  })
  .prefault({})
  .describe('The durable log of heartbeats that wait for delivery.');

const deliverySection = z
  .strictObject({
    batchRecords: whole(1, 100_000).default(1_000).describe('Most records in a batch.'),
    batchWaitMs: whole(0, 60_000)
      .default(200)
      .describe('How long a batch that is not full waits for more records.'),
    parallelBatches: whole(1, 64).default(4).describe('Batches that are under way at once.'),
    timeoutSeconds: whole(1, 600).default(30).describe('Time for one attempt at a batch.'),
    backoff: z
      .strictObject({
        firstMs: whole(1, 3_600_000)
          .default(500)
          .describe('Longest wait before the first repetition; doubled at each further one.'),
        maxMs: whole(1, 86_400_000).default(60_000).describe('Longest wait between repetitions.'),
      })
      .refine((backoff) => backoff.firstMs <= backoff.maxMs, {
        path: ['maxMs'],
        error: 'at least delivery.backoff.firstMs',
      })
      .prefault({})
      .describe('Waiting between attempts: random, up to a bound that doubles.'),
  })
  .prefault({})
  .describe('Handing records to their destination.');

const metricsSection = z
  .strictObject({
    maxComponents: whole(0, 100_000)
      .default(1_000)
      .describe('Components that have a series of their own on /metrics; the greatest are taken.'),
    instances: z
      .boolean()
      .default(false)
      .describe('Answer on /metrics/instances, with two series for each instance.'),
  })
  .prefault({})
  .describe('What Prometheus sees.');

const stopSection = z
  .strictObject({
    drainSeconds: whole(0, 3_600)
      .default(10)
      .describe('How long a stop waits for records to be delivered; the rest stays on disk.'),
  })
  .prefault({})
  .describe('Stopping.');

const monascaSection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Send heartbeats to Monasca. `false` also gives up those that still wait for it; without a Keystone login alone they are kept.',
      ),
    url: httpAddress()
      .optional()
      .describe("Monasca's address, instead of the one in Keystone's catalog."),
    metricName: metricName()
      .default('GE_Heartbeat')
      .describe('The metric that a heartbeat becomes.'),
    dimensions: z
      .strictObject({
        name: dimensionName().default('name').describe("Dimension of the component's name."),
        version: dimensionName()
          .default('version')
          .describe("Dimension of the component's version."),
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
        "Answer on /v2.0/… with what Monasca answers to the service's own token, reading only: for tools that know Monasca and have no credentials.",
      ),
    query: z
      .strictObject({
        timeoutSeconds: whole(1, 600)
          .default(20)
          .describe('Time for a whole answer, of however many pages.'),
        parallel: whole(1, 32).default(4).describe('Questions that are under way at once.'),
        maxMeasurements: whole(1_000, 100_000_000)
          .default(500_000)
          .describe(
            'Heartbeats that are read one by one for an answer; of more, Monasca is asked for the spans in which there was one.',
          ),
        cacheSeconds: whole(1, 3_600).default(15).describe('How long an answer is kept.'),
      })
      .prefault({})
      .describe('Asking Monasca who was active.'),
  })
  .prefault({})
  .describe('Monasca, where the heartbeats go.');

/**
 * Every setting of the service: this schema is the specification. The names of the environment
 * variables, the example file, the reference page and the check at start are derived from it.
 *
 * A setting that other variables may give too names them in its metadata (`also`, strongest
 * first); one that must not be seen says `secret`.
 */
export const configSchema = z.strictObject({
  http: httpSection,
  auth: authSection,
  dataDir: z.string().min(1).default('./data').describe('Folder of everything that is kept.'),
  log: logSection,
  ingest: ingestSection,
  outbox: outboxSection,
  delivery: deliverySection,
  stop: stopSection,
  liveness: livenessSection,
  maintenance: maintenanceSection,
  events: eventsSection,
  ledger: ledgerSection,
  notifiers: notifiersSection,
  metrics: metricsSection,
  selfWatch: selfWatchSection,
  keystone: keystoneSection,
  monasca: monascaSection,
  profiles: profilesSection,
});

/** The settings as they are written: Keystone's side by side, as in the file. */
export type Settings = z.output<typeof configSchema>;

/** The configuration as the service uses it. Without `keystone` it runs without Monasca. */
export type Config = Omit<Settings, 'keystone'> & { readonly keystone?: KeystoneConfig };
