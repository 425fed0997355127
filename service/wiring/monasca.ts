import type { Config } from '../config/schema.ts';
import type { DependencyHealth } from '../contract/health.ts';
import type { MeasuredReader } from '../contract/openstack/measured.ts';
import { deadLetterQueue, showHeartbeat } from '../delivery/dead-letter-queue.ts';
import { createPump } from '../delivery/pump.ts';
import type { Route } from '../http/route.ts';
import type { DeadLetterQueue } from '../http/routes/dead-letters.ts';
import { passThroughRoutes } from '../http/routes/pass-through.ts';
import { createKeystone } from '../monasca/keystone.ts';
import { createAsk } from '../monasca/reading/ask.ts';
import { createPassThrough } from '../monasca/reading/pass-through.ts';
import { createMonascaReader } from '../monasca/reading/reader.ts';
import { createMonascaSink } from '../monasca/sink.ts';
import { createHttpClient } from '../runtime/http/http-client.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { mirrorDestination } from './gauges.ts';
import { loginHealth, pumpHealth } from './health.ts';

/** The way of heartbeats to Monasca, or the fact that there is none. */
export type MonascaDelivery = {
  readonly deadLetterQueues: Readonly<Record<string, DeadLetterQueue>>;
  start(): void;
  health(): Readonly<Record<string, DependencyHealth>>;
  /** Reads back what was delivered; undefined where nothing is. */
  readonly read?: MeasuredReader;
  readonly routes: readonly Route[];
  /** Delivers for `drainMs` at the most; resolves with what is left for the next start. */
  stop(drainMs: number): Promise<number>;
};

const reader = 'monasca';

export async function connectMonasca(
  config: Config,
  store: Store,
  runtime: Runtime,
): Promise<MonascaDelivery> {
  if (config.monasca.enabled && config.keystone) {
    return deliverTo(config.keystone, config, store, runtime);
  }
  if (!config.monasca.enabled && store.heartbeats.readers().includes(reader)) {
    await store.heartbeats.dismiss(reader);
  }
  return withoutMonasca(config.monasca.enabled, store, runtime);
}

function deliverTo(
  keystoneConfig: NonNullable<Config['keystone']>,
  { delivery, monasca }: Config,
  { heartbeats }: Store,
  runtime: Runtime,
): MonascaDelivery {
  const { clock } = runtime;
  const timeoutMs = delivery.timeoutSeconds * 1_000;
  const http = createHttpClient({ timeoutMs, ...keystoneConfig.tls });
  const keystone = createKeystone(keystoneConfig, { http, ...runtime });
  const deliver = createMonascaSink({
    keystone,
    http,
    clock,
    metricName: monasca.metricName,
    dimensionNames: monasca.dimensions,
  });
  const pump = createPump({
    ...delivery,
    ...runtime,
    destination: 'monasca',
    reader: heartbeats.reader(reader),
    deliver,
    random: Math.random,
  });
  const deadLetters = deadLetterQueue({
    letters: heartbeats,
    reader,
    deliver,
    timeoutMs,
    show: showHeartbeat,
  });
  mirrorDestination({ destination: 'monasca', pump, deadLetters }, runtime);

  const asking = { keystone, http, clock };
  return {
    read: createMonascaReader({
      ...monasca.query,
      ask: createAsk(asking),
      metricName: monasca.metricName,
      dimensionNames: monasca.dimensions,
      maxQuestions: 1_000,
      timeoutMs: monasca.query.timeoutSeconds * 1_000,
    }),
    routes: monasca.passThrough ? passThroughRoutes(createPassThrough(asking)) : [],
    deadLetterQueues: { monasca: deadLetters },
    start: () => pump.start(),
    health: () => ({
      monasca: pumpHealth(pump.status()),
      keystone: loginHealth(keystone.status()),
    }),
    async stop(drainMs) {
      const { left } = await pump.stop(drainMs);
      keystone.close();
      http.close();
      return left;
    },
  };
}

function withoutMonasca(
  isWanted: boolean,
  { heartbeats }: Store,
  { log }: Runtime,
): MonascaDelivery {
  const detail = isWanted ? 'no Keystone login is configured' : 'monasca.enabled is false';
  if (heartbeats.readers().includes(reader)) {
    log.warn(
      { waiting: heartbeats.depth() },
      `${detail}: heartbeats are kept for Monasca until one is, or until monasca.enabled is false`,
    );
  } else {
    log.warn(`${detail}: heartbeats are not sent to Monasca, and not kept for it`);
  }
  return {
    routes: [],
    deadLetterQueues: {},
    start: () => undefined,
    health: () => ({ monasca: { status: 'unused', detail } }),
    stop: () => Promise.resolve(heartbeats.depth()),
  };
}
