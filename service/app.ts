import { readFileSync } from 'node:fs';
import type { Config } from './config/schema.ts';
import { createPump } from './delivery/pump.ts';
import { redeliver } from './delivery/redeliver.ts';
import { createFramework } from './http/framework.ts';
import { type DeadLetterShelf, deadLetterRoutes } from './http/routes/dead-letters.ts';
import { type Health, healthRoutes } from './http/routes/health.ts';
import { heartbeatsLane } from './http/routes/heartbeats.ts';
import { metricsRoute } from './http/routes/metrics.ts';
import { createHttpServer } from './http/server.ts';
import { createIngest } from './ingest/ingest.ts';
import { createKeystone } from './monasca/keystone.ts';
import { createMonascaSink } from './monasca/sink.ts';
import { beatLane, statusLane } from './profiles/ge/beat.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import { createHttpClient } from './runtime/http-client.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics, type Metrics } from './runtime/metrics.ts';
import { openStore, type Store } from './store/store.ts';

export type App = {
  readonly url: string;
  /** Stops taking, finishes what is under way, delivers for a bounded time, closes. */
  stop(): Promise<void>;
};

/**
 * The whole service, wired in one place; it is stopped in the reverse order.
 *
 *   lanes ─▶ ingest ─▶ store.heartbeats ─▶ pump ─▶ Monasca sink ─▶ Keystone, Monasca
 */
export async function startApp(config: Config, log: Log, clock: Clock = systemClock): Promise<App> {
  const metrics = createMetrics();
  const { dataDir, outbox, http, profiles, stop } = config;
  const store = await openStore(
    { dataDir, maxRecords: outbox.maxRecords },
    { clock, log, metrics },
  );
  mirrorStore(metrics, store, { maxRecords: outbox.maxRecords, clock });

  const monasca =
    config.keystone && connectMonasca(config, config.keystone, store, { clock, log, metrics });
  if (!monasca) log.warn('no Keystone is configured: heartbeats are kept but not sent to Monasca');

  const ingest = createIngest({
    append: store.heartbeats.append,
    maxHeartbeats: http.maxHeartbeats,
    maxFutureMs: config.ingest.maxFutureSeconds * 1_000,
    clock,
    metrics,
  });
  const health = healthOf(store, monasca, outbox.maxRecords, clock.now());
  const server = createHttpServer(http, {
    lanes: [heartbeatsLane(ingest), ...(profiles.ge.enabled ? [beatLane(ingest), statusLane] : [])],
    koa: createFramework(
      [
        ...healthRoutes(health),
        metricsRoute(metrics),
        ...deadLetterRoutes(monasca ? { monasca: monasca.deadLetters } : {}),
      ],
      log,
    ),
    log,
    metrics,
  });

  const stopParts = async () => {
    await server.close(stop.drainSeconds * 1_000);
    const end = await monasca?.stop(stop.drainSeconds * 1_000);
    await store.close();
    log.info({ left: end?.left ?? 0 }, 'stopped; what is left is delivered after the next start');
  };
  try {
    const port = await server.listen();
    monasca?.start();
    const url = `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`;
    log.info({ url, dataDir }, 'listening');
    return { url, stop: stopParts };
  } catch (error) {
    await store.close();
    throw error;
  }
}

type Runtime = { clock: Clock; log: Log; metrics: Metrics };

/** The way of heartbeats to Monasca. */
function connectMonasca(
  { delivery, monasca }: Config,
  keystoneConfig: NonNullable<Config['keystone']>,
  store: Store,
  { clock, log, metrics }: Runtime,
) {
  const http = createHttpClient({
    timeoutMs: delivery.timeoutSeconds * 1_000,
    ...keystoneConfig.tls,
  });
  const keystone = createKeystone(keystoneConfig, { http, clock, log, metrics });
  const deliver = createMonascaSink({
    keystone,
    http,
    clock,
    metricName: monasca.metricName,
    dimensionNames: monasca.dimensions,
  });
  const pump = createPump({
    destination: 'monasca',
    reader: store.heartbeats.reader('monasca'),
    deliver,
    batchRecords: delivery.batchRecords,
    batchWaitMs: delivery.batchWaitMs,
    parallelBatches: delivery.parallelBatches,
    backoff: delivery.backoff,
    clock,
    random: Math.random,
    log,
    metrics,
  });
  const { heartbeats } = store;
  const deadLetters: DeadLetterShelf = {
    page: (afterId, limit) => heartbeats.deadLetters('monasca', { afterId, limit }),
    count: () => heartbeats.deadLetterCount('monasca'),
    retry: (limit) => {
      const letters = heartbeats.deadLetters('monasca', { afterId: 0, limit });
      const signal = AbortSignal.timeout(delivery.timeoutSeconds * 1_000);
      return redeliver(letters, deliver, heartbeats.removeDeadLetters, signal);
    },
  };
  return {
    deadLetters,
    start: () => pump.start(),
    status: () => ({ pump: pump.status(), keystone: keystone.status() }),
    async stop(drainMs: number) {
      const end = await pump.stop(drainMs);
      keystone.close();
      http.close();
      return end;
    },
  };
}

function mirrorStore(
  metrics: Metrics,
  store: Store,
  { maxRecords, clock }: { maxRecords: number; clock: Clock },
): void {
  const { heartbeats } = store;
  metrics.mirror('outboxRecords', (gauge) =>
    gauge.set({ stream: 'heartbeats' }, heartbeats.depth()),
  );
  metrics.mirror('outboxLimit', (gauge) => gauge.set(maxRecords));
  metrics.mirror('outboxAgeSeconds', (gauge) => {
    const oldestAtMs = heartbeats.oldestAtMs();
    const age = oldestAtMs === undefined ? 0 : Math.max(0, clock.now() - oldestAtMs) / 1_000;
    gauge.set({ stream: 'heartbeats' }, age);
  });
  metrics.mirror('deadLetters', (gauge) =>
    gauge.set({ destination: 'monasca' }, heartbeats.deadLetterCount('monasca')),
  );
}

function healthOf(
  store: Store,
  monasca: ReturnType<typeof connectMonasca> | undefined,
  maxRecords: number,
  startedAtMs: number,
): Health {
  return {
    startedAtMs,
    version: packageVersion(),
    notReady() {
      const failure = store.failure();
      if (failure) return `the store cannot write: ${failure.detail}`;
      if (store.heartbeats.depth() >= maxRecords) return 'the outbox is full';
      return undefined;
    },
    dependencies() {
      const failure = store.failure();
      const outbox = { records: store.heartbeats.depth(), limit: maxRecords };
      if (!monasca) {
        return { store: { status: failure ? 'down' : 'up', ...failure, outbox }, monasca: unused };
      }
      const { pump, keystone } = monasca.status();
      return {
        store: { status: failure ? 'down' : 'up', ...failure, outbox },
        monasca: { status: pump.state === 'outage' ? 'down' : 'up', ...pump },
        keystone: { status: isFailing(keystone) ? 'down' : 'up', ...keystone },
      };
    },
  };
}

const unused = { status: 'unused', detail: 'no Keystone is configured' } as const;

const isFailing = ({
  lastErrorAtMs = Number.NEGATIVE_INFINITY,
  lastSuccessAtMs = Number.NEGATIVE_INFINITY,
}: {
  readonly lastErrorAtMs?: number;
  readonly lastSuccessAtMs?: number;
}) => lastErrorAtMs > lastSuccessAtMs;

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof read === 'object' && read !== null && 'version' in read ? String(read.version) : '';
}
