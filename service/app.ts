import { openAccess } from './access/access.ts';
import { intakeConnection, openAmqpIntake } from './amqp/intake.ts';
import type { Config } from './config/schema.ts';
import { anonymous } from './contract/access/caller.ts';
import type { Identity } from './contract/instance.ts';
import { audited } from './http/audit.ts';
import { createServiceHealth } from './http/health/health.ts';
import { healthRoutes } from './http/health/routes.ts';
import { openApiRoutes } from './http/openapi/routes.ts';
import { createReceivedRate } from './http/pipeline/received-rate.ts';
import { pipelineRoute } from './http/pipeline/route.ts';
import type { Route } from './http/route.ts';
import { sessionRoutes } from './http/routes/access/session.ts';
import { tokensRoute } from './http/routes/access/tokens.ts';
import { deadLetterRoutes } from './http/routes/dead-letters.ts';
import { heartbeatsRawRoute } from './http/routes/heartbeats.ts';
import { metricsRoutes } from './http/routes/metrics.ts';
import { notificationRoutes } from './http/routes/notifications.ts';
import { paramsRoutes } from './http/routes/params.ts';
import { passThroughRoutes } from './http/routes/pass-through.ts';
import { queryRoutes } from './http/routes/queries.ts';
import { recordRoutes, recordsRawRoute } from './http/routes/records.ts';
import { silenceRoutes } from './http/routes/silences.ts';
import { withConfiguredScopes } from './http/scopes.ts';
import { createHttpServer } from './http/server/server.ts';
import { openServerCertificate } from './http/server/tls.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { openLiveness } from './liveness/liveness.ts';
import { overridesSchema, parametersSchema } from './liveness/runtime-parameters.ts';
import { connectMonasca } from './monasca/delivery.ts';
import { connectNotifiers, readerOf } from './notify/notifications.ts';
import { pageRoutes } from './page/routes.ts';
import { beatRawRoute, statusRawRoute } from './profiles/ge/beat.ts';
import { hbtdNotifierNames } from './profiles/hbtd/notifiers.ts';
import { createHbtdProfile } from './profiles/hbtd/profile.ts';
import { createHeraldProfile } from './profiles/herald/profile.ts';
import { createPublisherReader } from './profiles/pipeline-heartbeat/reader.ts';
import { createQueries } from './query/queries.ts';
import { forwardDestination, openRecords } from './records/records.ts';
import { connectRedis, redisDestinations } from './redis/delivery.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics } from './runtime/metrics.ts';
import { packageVersion } from './runtime/package.ts';
import type { Runtime } from './runtime/runtime.ts';
import { mirrorStore } from './store/gauges.ts';
import { openStore } from './store/store.ts';

export type App = {
  readonly url: string;
  /** Reads tokens and certificates again. */
  reload(): void;
  /** Port of the hbtd profile; undefined where it is disabled. */
  readonly hbtdPort: number | undefined;
  /** Port of the herald profile; undefined where it is disabled. */
  readonly heraldPort: number | undefined;
  /** Rejects new requests, finishes pending ones, delivers for a bounded time, closes. */
  stop(): Promise<void>;
};

/**
 * Starts the whole service. What has to be closed goes onto a stack, which is closed from its top:
 * at the stop, and when the start fails.
 */
export async function startApp(config: Config, log: Log, clock: Clock = systemClock): Promise<App> {
  const metrics = createMetrics({
    destination: [
      'monasca',
      ...redisDestinations(config),
      ...(config.records.forward ? [forwardDestination] : []),
      ...[...config.notifiers, ...hbtdNotifierNames(config)].map(readerOf),
    ],
    connection: config.intake.amqp.url === undefined ? [] : [intakeConnection],
  });
  const runtime = { clock, log, metrics, proxy: config.proxy };
  const opened = new AsyncDisposableStack();
  try {
    const rooms = await openRooms(opened, config, runtime);
    return await startServing(opened, config, rooms, runtime);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/**
 * Gives each room the functions that it needs of others.
 *
 *   raw routes ─┬▶ ingest ─▶ store.heartbeats ─▶ pump ─▶ Monasca sink ─▶ Keystone, Monasca
 *   queues ─────┘             ├──────────▶ pump ─▶ Redis ◀─ pump ◀─ store.events
 *                             └──────────▶ registry, ledger ─▶ liveness ─▶ store.events
 *                                                 notifiers ◀─ routing ◀─ pumps ◀┘
 */
async function openRooms(opened: AsyncDisposableStack, config: Config, runtime: Runtime) {
  const { dataDir, outbox, http, profiles } = config;
  const { clock, metrics } = runtime;
  const store = opened.adopt(await openStore({ dataDir, ...outbox }, runtime), (s) => s.close());
  mirrorStore(store, outbox.maxRecords, runtime);
  const receivedRate = createReceivedRate(store.heartbeats.head, clock);
  opened.defer(receivedRate.close);

  const hbtd = profiles.hbtd.enabled
    ? createHbtdProfile(
        config,
        store.settings(),
        (change) => liveness.evaluator.changeProfiles(change),
        runtime,
      )
    : undefined;
  opened.defer(() => hbtd?.close());
  const monasca = await connectMonasca(config, store, runtime);
  const redis = await connectRedis(config, store, runtime);
  const liveness = openLiveness(config, store, runtime, hbtd?.rules);
  const records = await openRecords(
    opened,
    config,
    {
      saved: store.settings(),
      record: liveness.evaluator.record,
      beat: (heartbeat) => ingest.acceptOne('herald', heartbeat, anonymous),
    },
    runtime,
  );
  const queries = createQueries({
    ...{ ...liveness, config, store, clock },
    records: records?.log,
    readMeasured: monasca.read,
  });
  opened.defer(queries.close);
  const notifiers = await connectNotifiers(config, store, runtime, hbtd?.notifiers);

  const certificate = openServerCertificate(http.tls, runtime);
  const isKnown = (instance: Identity) => liveness.stateOf(instance) !== undefined;
  const access = openAccess(config, { store, isKnown, certificate }, runtime);
  const ingest = createIngest({
    append: store.heartbeats.append,
    maxHeartbeats: http.maxHeartbeats,
    maxFutureMs: config.ingest.maxFutureSeconds * 1_000,
    maxAgeMs: config.liveness.maxAgeSeconds * 1_000,
    clock,
    metrics,
  });
  const intake = openIntake(config, ingest, runtime);
  const health = createServiceHealth({
    store,
    maxRecords: outbox.maxRecords,
    startedAtMs: clock.now(),
    stalled: liveness.stalled,
    dependencies: () => ({
      ...liveness.health(),
      ...monasca.health(),
      ...redis.health(),
      ...notifiers.health(),
      ...access.health(),
      ...records?.health(),
      ...intake?.health(),
    }),
  });
  return {
    store,
    receivedRate,
    hbtd,
    monasca,
    redis,
    liveness,
    records,
    queries,
    notifiers,
    certificate,
    access,
    ingest,
    intake,
    health,
  };
}

type Rooms = Awaited<ReturnType<typeof openRooms>>;

/** Listens, then starts what runs by itself. */
async function startServing(
  opened: AsyncDisposableStack,
  config: Config,
  rooms: Rooms,
  runtime: Runtime,
): Promise<App> {
  const { monasca, redis, liveness, records, notifiers, access, certificate } = rooms;
  const { dataDir, http } = config;
  const { log } = runtime;
  const drainMs = config.stop.drainSeconds * 1_000;
  const streams = new AbortController();
  const server = createServer(config, rooms, streams.signal, runtime);
  const hbtdServer = createHbtdServer(config, rooms, runtime);
  const herald = records && createHeraldProfile(config.profiles.herald, records.append, runtime);

  /** What is started when the servers listen, and stopped when they are closed. */
  const running = opened.use(new AsyncDisposableStack());
  opened.defer(async () => {
    await Promise.all([server.close(drainMs), hbtdServer?.close(drainMs), herald?.close()]);
  });
  const port = await server.listen();
  const hbtdPort = await hbtdServer?.listen();
  const heraldPort = await herald?.listen();

  access.start();
  running.defer(access.stop);
  liveness.start();
  running.defer(liveness.stop);
  records?.start(running, drainMs);
  const remaining = { left: 0, unreported: 0 };
  monasca.start();
  redis.start();
  notifiers.start();
  running.defer(async () => {
    const destinations = [monasca, redis, notifiers];
    const left = await Promise.all(destinations.map((one) => one.stop(drainMs)));
    const [forMonasca = 0, forRedis = 0, unreported = 0] = left;
    Object.assign(remaining, { left: Math.max(forMonasca, forRedis), unreported });
  });
  rooms.intake?.start();
  running.defer(() => rooms.intake?.stop(drainMs));
  opened.defer(() => {
    streams.abort();
    access.endDelays();
  });
  const host = http.host.includes(':') ? `[${http.host}]` : http.host;
  const url = `${certificate ? 'https' : 'http'}://${host}:${port}`;
  log.info({ url, dataDir, hbtdPort, heraldPort }, 'listening');

  return {
    url,
    reload: access.reload,
    hbtdPort,
    heraldPort,
    async stop() {
      await opened.disposeAsync();
      log.info(remaining, 'stopped; what is left is delivered after the next start');
    },
  };
}

/** The consumers of queues; undefined where none are configured. */
function openIntake({ intake, profiles, http }: Config, ingest: Ingest, runtime: Runtime) {
  const { intervalSeconds } = profiles.pipelineHeartbeat;
  const readers = [createPublisherReader(ingest, intervalSeconds)];
  const { maxBodyBytes } = http;
  return openAmqpIntake(intake.amqp, { ingest, maxBodyBytes, readers }, runtime);
}

/** `stopping` ends the streams of events. */
function createServer(config: Config, rooms: Rooms, stopping: AbortSignal, runtime: Runtime) {
  const { profiles, http } = config;
  const { ingest, access, certificate, liveness, records } = rooms;
  const table = withConfiguredScopes(routesOf(config, rooms, stopping, runtime), config.auth);
  const routes = audited(table, liveness.evaluator.record, runtime.log);
  const rawRoutes = [
    heartbeatsRawRoute(ingest),
    ...(profiles.ge.enabled ? [beatRawRoute(ingest), statusRawRoute] : []),
    ...(records ? [recordsRawRoute(records.intake)] : []),
  ];
  return createHttpServer(http, {
    ...runtime,
    rawRoutes,
    mounts: profiles.hbtd.underMain ? hbtdMounts('/hmi/v1/', rooms) : [],
    routes: [...routes, ...openApiRoutes(routes, rawRoutes, packageVersion()), ...pageRoutes()],
    authorizer: access.authorizer,
    certificate,
  });
}

function routesOf(
  config: Config,
  rooms: Rooms,
  stopping: AbortSignal,
  { clock, log, metrics }: Runtime,
): Route[] {
  const { store, receivedRate, health, access, liveness, queries } = rooms;
  const { monasca, redis, records, notifiers } = rooms;
  const { evaluator, blindTimes } = liveness;
  const deadLetterQueues = {
    ...monasca.deadLetterQueues,
    ...redis.deadLetterQueues,
    ...notifiers.deadLetterQueues,
    ...records?.deadLetterQueues,
  };
  return [
    ...healthRoutes(health),
    ...deadLetterRoutes(deadLetterQueues),
    pipelineRoute({
      ...{ health, heartbeats: store.heartbeats, maxRecords: config.outbox.maxRecords },
      receivedPerSecond: receivedRate.perSecond,
      login: monasca.login,
      deliveries: () => ({ ...monasca.statuses(), ...redis.statuses(), ...notifiers.statuses() }),
      now: clock.now,
    }),
    tokensRoute(access.credentials, clock.now),
    ...sessionRoutes(access.signIn, log),
    ...queryRoutes(config, queries, {
      feed: store.events,
      stopping,
      retire: evaluator.retire,
      retireAll: evaluator.retireAll,
      blindMs: blindTimes.within,
      blindBetween: blindTimes.between,
      clock,
      log,
    }),
    ...(records && queries.records
      ? recordRoutes({
          records: queries.records,
          feed: records.log,
          maxStreams: config.records.maxStreams,
          stopping,
          clock,
          log,
        })
      : []),
    ...metricsRoutes(metrics, queries, config.metrics.instances),
    ...silenceRoutes(evaluator.silences),
    ...paramsRoutes(evaluator, { all: parametersSchema, some: overridesSchema }),
    ...(monasca.passThrough ? passThroughRoutes(monasca.passThrough) : []),
    ...notificationRoutes(notifiers.names, notifiers.test),
  ];
}

/** The server of the hbtd profile on its own port; undefined where the profile is disabled. */
function createHbtdServer({ http, profiles }: Config, rooms: Rooms, runtime: Runtime) {
  const mounts = hbtdMounts('/', rooms);
  if (mounts.length === 0) return undefined;
  const { authorizer, openAuthorizer } = rooms.access;
  const { host = http.host, port, open } = profiles.hbtd;
  return createHttpServer(
    { ...http, host, port },
    {
      ...runtime,
      mounts,
      // Where no token is needed, hbtd's clients expect plain HTTP.
      ...(open ? { authorizer: openAuthorizer } : { authorizer, certificate: rooms.certificate }),
    },
  );
}

function hbtdMounts(prefix: string, { hbtd, ingest, liveness, health, notifiers }: Rooms) {
  const { stateOf } = liveness;
  const { notReady } = health;
  const isFailing = (name: string) => notifiers.health()[readerOf({ name })]?.status === 'down';
  return hbtd ? [hbtd.mount(prefix, { ingest, stateOf, notReady, isFailing })] : [];
}
