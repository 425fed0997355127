import { openAccess } from './access/access.ts';
import { audited } from './access/audit.ts';
import type { Config } from './config/schema.ts';
import type { Identity } from './contract/instance.ts';
import { createKoaApp } from './http/koa-app.ts';
import { openApiRoutes } from './http/openapi/routes.ts';
import { deadLetterRoutes } from './http/routes/dead-letters.ts';
import { healthRoutes } from './http/routes/health.ts';
import { heartbeatsRawRoute } from './http/routes/heartbeats.ts';
import { notificationRoutes } from './http/routes/notifications.ts';
import { paramsRoutes } from './http/routes/params.ts';
import { passThroughRoutes } from './http/routes/pass-through.ts';
import { silenceRoutes } from './http/routes/silences.ts';
import { createHttpServer } from './http/server.ts';
import { createIngest } from './ingest/ingest.ts';
import { openLiveness } from './liveness/liveness.ts';
import { overridesSchema, parametersSchema } from './liveness/runtime-parameters.ts';
import { connectMonasca } from './monasca/delivery.ts';
import { connectNotifiers, readerOf } from './notify/notifications.ts';
import { beatRawRoute, statusRawRoute } from './profiles/ge/beat.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics } from './runtime/metrics.ts';
import type { Runtime } from './runtime/runtime.ts';
import { packageVersion } from './runtime/version.ts';
import { mirrorStore } from './store/gauges.ts';
import { openStore } from './store/store.ts';
import { answerQuestions } from './wiring/answers/routes.ts';
import { prepareHbtd } from './wiring/hbtd.ts';
import { hbtdNotifierNames } from './wiring/hbtd-notifiers.ts';
import { createHealth } from './wiring/health.ts';

export type App = {
  readonly url: string;
  /** Reads again what may change while the service runs: tokens and certificates. */
  reload(): void;
  /** Where the hbtd profile listens; undefined when it does not. */
  readonly hbtdPort: number | undefined;
  /** Stops taking, finishes what is under way, delivers for a bounded time, closes. */
  stop(): Promise<void>;
};

/**
 * The whole service, wired in one place; it is stopped in the reverse order.
 *
 *   rawRoutes ─▶ ingest ─▶ store.heartbeats ─▶ pump ─▶ Monasca sink ─▶ Keystone, Monasca
 *                             └──────────▶ registry, ledger ─▶ liveness ─▶ store.events
 *                                                 notifiers ◀─ routing ◀─ pumps ◀┘
 */
export async function startApp(config: Config, log: Log, clock: Clock = systemClock): Promise<App> {
  const { dataDir, outbox, http, profiles, stop } = config;
  const { maxRecords } = outbox;
  const metrics = createMetrics({
    destination: ['monasca', ...[...config.notifiers, ...hbtdNotifierNames(config)].map(readerOf)],
  });
  const runtime: Runtime = { clock, log, metrics };

  const store = await openStore({ dataDir, ...outbox }, runtime);
  mirrorStore(store, maxRecords, runtime);
  try {
    const hbtd = prepareHbtd(config, store, runtime, (change) => liveness.changeProfiles(change));
    const monasca = await connectMonasca(config, store, runtime);
    const liveness = openLiveness(config, store, runtime, hbtd.rules);
    const answers = answerQuestions(config, { store, liveness, read: monasca.read }, runtime);
    const isKnown = (instance: Identity) => liveness.stateOf(instance) !== undefined;
    const access = openAccess(config, { store, isKnown }, runtime);
    const notifiers = await connectNotifiers(config, store, runtime, hbtd.notifiers);
    const ingest = createIngest({
      append: store.heartbeats.append,
      maxHeartbeats: http.maxHeartbeats,
      maxFutureMs: config.ingest.maxFutureSeconds * 1_000,
      clock,
      metrics,
    });
    const health = createHealth({
      store,
      maxRecords,
      startedAtMs: clock.now(),
      stalled: liveness.stalled,
      dependencies: () => ({
        ...liveness.health(),
        ...monasca.health(),
        ...notifiers.health(),
        ...access.health(),
      }),
    });
    const table = access.withScopes([
      ...healthRoutes(health),
      ...deadLetterRoutes({ ...monasca.deadLetterQueues, ...notifiers.deadLetterQueues }),
      ...access.routes,
      ...answers.routes,
      ...silenceRoutes(liveness.silences),
      ...paramsRoutes(liveness, { all: parametersSchema, some: overridesSchema }),
      ...(monasca.passThrough ? passThroughRoutes(monasca.passThrough) : []),
      ...notificationRoutes(notifiers.names, notifiers.test),
    ]);
    const routes = audited(table, liveness.record, log);
    const rawRoutes = [
      heartbeatsRawRoute(ingest),
      ...(profiles.ge.enabled ? [beatRawRoute(ingest), statusRawRoute] : []),
    ];
    const { stateOf } = liveness;
    const hbtdServer = hbtd.serve({
      ingest,
      stateOf,
      notReady: health.notReady,
      isFailing: (reader) => notifiers.health()[reader]?.status === 'down',
      access,
    });
    const server = createHttpServer(http, {
      rawRoutes,
      mounts: hbtdServer.mounts,
      koa: createKoaApp(
        [...routes, ...openApiRoutes(routes, rawRoutes, packageVersion())],
        access.gate,
        log,
      ),
      gate: access.gate,
      tls: access.tls,
      log,
      metrics,
    });
    const port = await server.listen();
    const hbtdPort = await hbtdServer.listen().catch(async (error: unknown) => {
      await server.close(0);
      throw error;
    });
    access.start();
    liveness.start();
    monasca.start();
    notifiers.start();
    const scheme = access.tls ? 'https' : 'http';
    const url = `${scheme}://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`;
    log.info({ url, dataDir, hbtdPort }, 'listening');

    return {
      url,
      reload: access.reload,
      hbtdPort,
      async stop() {
        answers.endStreams();
        access.endDelays();
        const drainMs = stop.drainSeconds * 1_000;
        await Promise.all([server.close(drainMs), hbtdServer.close(drainMs)]);
        const [left, untold] = await Promise.all([monasca.stop(drainMs), notifiers.stop(drainMs)]);
        await answers.close();
        await liveness.stop();
        await access.stop();
        await store.close();
        log.info({ left, untold }, 'stopped; what is left is delivered after the next start');
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
