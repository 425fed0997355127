import { openAccess } from './access/access.ts';
import type { Config } from './config/schema.ts';
import type { Identity } from './contract/instance.ts';
import { audited } from './http/audit.ts';
import { createServiceHealth } from './http/health/health.ts';
import { healthRoutes } from './http/health/routes.ts';
import { openApiRoutes } from './http/openapi/routes.ts';
import { deadLetterRoutes } from './http/routes/dead-letters.ts';
import { heartbeatsRawRoute } from './http/routes/heartbeats.ts';
import { metricsRoutes } from './http/routes/metrics.ts';
import { notificationRoutes } from './http/routes/notifications.ts';
import { paramsRoutes } from './http/routes/params.ts';
import { passThroughRoutes } from './http/routes/pass-through.ts';
import { queryRoutes } from './http/routes/queries.ts';
import { silenceRoutes } from './http/routes/silences.ts';
import { tokensRoute } from './http/routes/tokens.ts';
import { withConfiguredScopes } from './http/scopes.ts';
import { createHttpServer } from './http/server/server.ts';
import { openServerCertificate } from './http/server/tls.ts';
import { createIngest } from './ingest/ingest.ts';
import { openLiveness } from './liveness/liveness.ts';
import { overridesSchema, parametersSchema } from './liveness/runtime-parameters.ts';
import { connectMonasca } from './monasca/delivery.ts';
import { connectNotifiers, readerOf } from './notify/notifications.ts';
import { beatRawRoute, statusRawRoute } from './profiles/ge/beat.ts';
import { hbtdNotifierNames } from './profiles/hbtd/notifiers.ts';
import { createHbtdProfile } from './profiles/hbtd/profile.ts';
import { createQueries } from './query/queries.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics } from './runtime/metrics.ts';
import type { Runtime } from './runtime/runtime.ts';
import { packageVersion } from './runtime/version.ts';
import { mirrorStore } from './store/gauges.ts';
import { openStore } from './store/store.ts';

export type App = {
  readonly url: string;
  /** Reads tokens and certificates again. */
  reload(): void;
  /** Port of the hbtd profile; undefined where it is disabled. */
  readonly hbtdPort: number | undefined;
  /** Rejects new requests, finishes pending ones, delivers for a bounded time, closes. */
  stop(): Promise<void>;
};

/** Starts the whole service; a start that fails closes what is open already. */
export async function startApp(config: Config, log: Log, clock: Clock = systemClock): Promise<App> {
  const opened = new AsyncDisposableStack();
  const metrics = createMetrics({
    destination: ['monasca', ...[...config.notifiers, ...hbtdNotifierNames(config)].map(readerOf)],
  });
  try {
    return await wire(opened, config, { clock, log, metrics });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/**
 * Wires the rooms, each with the functions that it needs of others. What has to be closed goes onto
 * the stack, which is closed from its top.
 *
 *   raw routes ─▶ ingest ─▶ store.heartbeats ─▶ pump ─▶ Monasca sink ─▶ Keystone, Monasca
 *                             └──────────▶ registry, ledger ─▶ liveness ─▶ store.events
 *                                                 notifiers ◀─ routing ◀─ pumps ◀┘
 */
async function wire(opened: AsyncDisposableStack, config: Config, runtime: Runtime): Promise<App> {
  const { dataDir, outbox, http, profiles, auth } = config;
  const { clock, log, metrics } = runtime;
  const { maxRecords } = outbox;
  const drainMs = config.stop.drainSeconds * 1_000;

  const store = opened.adopt(await openStore({ dataDir, ...outbox }, runtime), ({ close }) =>
    close(),
  );
  mirrorStore(store, maxRecords, runtime);

  const hbtd = profiles.hbtd.enabled
    ? createHbtdProfile(
        config,
        {
          saved: store.settings(),
          changeProfiles: (change) => liveness.evaluator.changeProfiles(change),
        },
        runtime,
      )
    : undefined;
  opened.defer(() => hbtd?.close());

  const monasca = await connectMonasca(config, store, runtime);
  const liveness = openLiveness(config, store, runtime, hbtd?.rules);
  const queries = createQueries({ config, store, ...liveness, readMeasured: monasca.read });
  opened.defer(queries.close);
  const certificate = openServerCertificate(http.tls, runtime);
  const isKnown = (instance: Identity) => liveness.stateOf(instance) !== undefined;
  const access = openAccess(config, { store, isKnown, certificate }, runtime);
  const notifiers = await connectNotifiers(config, store, runtime, hbtd?.notifiers);
  const ingest = createIngest({
    append: store.heartbeats.append,
    maxHeartbeats: http.maxHeartbeats,
    maxFutureMs: config.ingest.maxFutureSeconds * 1_000,
    clock,
    metrics,
  });
  const health = createServiceHealth({
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

  const streams = new AbortController();
  const table = [
    ...healthRoutes(health),
    ...deadLetterRoutes({ ...monasca.deadLetterQueues, ...notifiers.deadLetterQueues }),
    tokensRoute(access.credentials, clock.now),
    ...queryRoutes(config, queries, {
      feed: store.events,
      stopping: streams.signal,
      retire: liveness.evaluator.retire,
      blindMs: liveness.blindTimes.within,
      clock,
      log,
    }),
    ...metricsRoutes(metrics, queries, config.metrics.instances),
    ...silenceRoutes(liveness.evaluator.silences),
    ...paramsRoutes(liveness.evaluator, { all: parametersSchema, some: overridesSchema }),
    ...(monasca.passThrough ? passThroughRoutes(monasca.passThrough) : []),
    ...notificationRoutes(notifiers.names, notifiers.test),
  ];
  const routes = audited(withConfiguredScopes(table, auth), liveness.evaluator.record, log);
  const rawRoutes = [
    heartbeatsRawRoute(ingest),
    ...(profiles.ge.enabled ? [beatRawRoute(ingest), statusRawRoute] : []),
  ];
  const mountHbtd = (prefix: string) => {
    const isFailing = (name: string) => notifiers.health()[readerOf({ name })]?.status === 'down';
    const { stateOf } = liveness;
    const mount = hbtd?.mount(prefix, { ingest, stateOf, notReady: health.notReady, isFailing });
    return mount ? [mount] : [];
  };
  const { authorizer, openAuthorizer } = access;
  const server = createHttpServer(http, {
    ...runtime,
    rawRoutes,
    mounts: profiles.hbtd.underMain ? mountHbtd('/hmi/v1/') : [],
    routes: [...routes, ...openApiRoutes(routes, rawRoutes, packageVersion())],
    authorizer,
    certificate,
  });
  const { host = http.host, port: wantedHbtdPort, open } = profiles.hbtd;
  const hbtdServer =
    hbtd &&
    createHttpServer(
      { ...http, host, port: wantedHbtdPort },
      {
        ...runtime,
        mounts: mountHbtd('/'),
        // A token must be sent over TLS; where none is required, hbtd's clients expect plain HTTP.
        ...(open ? { authorizer: openAuthorizer } : { authorizer, certificate }),
      },
    );

  /** What runs only after the service listens, and stops after the servers are closed. */
  const running = opened.use(new AsyncDisposableStack());
  opened.defer(async () => {
    await Promise.all([server.close(drainMs), hbtdServer?.close(drainMs)]);
  });
  const port = await server.listen();
  const hbtdPort = await hbtdServer?.listen();
  access.start();
  running.defer(access.stop);
  liveness.start();
  running.defer(liveness.stop);
  const remaining = { left: 0, untold: 0 };
  monasca.start();
  notifiers.start();
  running.defer(async () => {
    const stopped = await Promise.all([monasca.stop(drainMs), notifiers.stop(drainMs)]);
    [remaining.left, remaining.untold] = stopped;
  });
  opened.defer(() => {
    streams.abort();
    access.endDelays();
  });
  const url = `${certificate ? 'https' : 'http'}://${inUrl(http.host)}:${port}`;
  log.info({ url, dataDir, hbtdPort }, 'listening');

  return {
    url,
    reload: access.reload,
    hbtdPort,
    async stop() {
      await opened.disposeAsync();
      log.info(remaining, 'stopped; what is left is delivered after the next start');
    },
  };
}

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
