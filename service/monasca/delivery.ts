import type { Config } from '../config/schema.ts';
import type { DependencyHealth } from '../contract/health.ts';
import type { MeasuredReader } from '../contract/openstack/measured.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import { createDelivery, type Deliveries } from '../delivery/delivery.ts';
import { heartbeatContent } from '../delivery/heartbeat-content.ts';
import { createHttpClient } from '../runtime/http/http-client.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { createKeystone, type KeystoneStatus } from './keystone/token.ts';
import { createPassThrough, type PassThrough } from './reading/pass-through.ts';
import { createMonascaQuery } from './reading/query.ts';
import { createMonascaReadRequest } from './reading/read-request.ts';
import { createMonascaReader } from './reading/reader.ts';
import { createMonascaSink } from './sink.ts';

/** Delivery of heartbeats to Monasca, and what reads them back. */
type MonascaDelivery = Deliveries & {
  /** Undefined while Monasca is not configured. */
  readonly read?: MeasuredReader;
  /** Undefined unless `monasca.passThrough` is set. */
  readonly passThrough?: PassThrough | undefined;
  /** State of the login to Keystone; undefined while none is configured. */
  login(): KeystoneStatus | undefined;
};

/** Name of the cursor, and label of metrics. */
const destination = 'monasca';

export async function connectMonasca(
  config: Config,
  store: Store,
  runtime: Runtime,
): Promise<MonascaDelivery> {
  if (config.monasca.enabled && config.keystone) {
    return deliverTo(config.keystone, config, store, runtime);
  }
  if (!config.monasca.enabled && store.heartbeats.readers().includes(destination)) {
    await store.heartbeats.dismiss(destination);
  }
  return withoutMonasca(config.monasca.enabled, store, runtime);
}

function deliverTo(
  keystoneConfig: NonNullable<Config['keystone']>,
  { delivery: deliveryConfig, monasca }: Config,
  { heartbeats }: Store,
  runtime: Runtime,
): MonascaDelivery {
  const { clock, proxy } = runtime;
  const { metricName, dimensions: dimensionNames, query } = monasca;
  const timeoutMs = deliveryConfig.timeoutSeconds * 1_000;
  const http = createHttpClient({ timeoutMs, ...keystoneConfig.tls, proxy });
  const keystone = createKeystone(keystoneConfig, { http, ...runtime });
  const api = { keystone, http, clock };
  const readRequest = createMonascaReadRequest(api);
  const delivery = createDelivery(
    {
      ...deliveryConfig,
      destination,
      outbox: heartbeats,
      deliver: createMonascaSink({ ...api, metricName, dimensionNames }),
      timeoutMs,
      toContent: heartbeatContent,
    },
    runtime,
  );
  return {
    read: createMonascaReader({
      ...query,
      query: createMonascaQuery(readRequest),
      metricName,
      dimensionNames,
      maxQueries: 1_000,
      timeoutMs: query.timeoutSeconds * 1_000,
    }),
    passThrough: monasca.passThrough ? createPassThrough(keystone, readRequest) : undefined,
    deadLetterQueues: { [destination]: delivery.deadLetters },
    start: delivery.start,
    health: () => ({ monasca: delivery.health(), keystone: loginHealth(keystone.status()) }),
    statuses: () => ({ [destination]: delivery.status() }),
    login: keystone.status,
    async stop(drainMs) {
      const { left } = await delivery.stop(drainMs);
      keystone.close();
      http.close();
      return left;
    },
  };
}

function withoutMonasca(
  isEnabled: boolean,
  { heartbeats }: Store,
  { log }: Runtime,
): MonascaDelivery {
  const detail = isEnabled ? 'no Keystone login is configured' : 'monasca.enabled is false';
  if (heartbeats.readers().includes(destination)) {
    log.warn(
      { waiting: heartbeats.depth() },
      `${detail}: heartbeats are kept for Monasca until one is, or until monasca.enabled is false`,
    );
  } else {
    log.warn(`${detail}: heartbeats are not sent to Monasca, and not kept for it`);
  }
  return {
    deadLetterQueues: {},
    start: () => undefined,
    health: () => ({ monasca: { status: 'unused', detail } }),
    statuses: () => ({}),
    login: () => undefined,
    stop: () => Promise.resolve(heartbeats.depth()),
  };
}

function loginHealth(keystone: KeystoneStatus): DependencyHealth {
  const { lastSuccessAtMs, lastErrorAtMs, lastError, isFailing, expiresAtMs } = keystone;
  return {
    status: isFailing ? 'down' : 'up',
    lastSuccess: isoTime(lastSuccessAtMs),
    lastFailure:
      lastError === undefined ? undefined : { at: isoTime(lastErrorAtMs), detail: lastError },
    tokenExpires: isoTime(expiresAtMs),
  };
}
