import { openAccess } from './access/access.ts';
import type { Config } from './config/schema.ts';
import type { Identity } from './contract/instance.ts';
import type { Mount } from './contract/raw-route.ts';
import { audited } from './http/audit.ts';
import { createServiceHealth } from './http/health/health.ts';
import { healthRoutes } from './http/health/routes.ts';
import { openApiRoutes } from './http/openapi/routes.ts';
import type { Route } from './http/route.ts';
import { deadLetterRoutes } from './http/routes/dead-letters.ts';
import { heartbeatsRawRoute } from './http/routes/heartbeats.ts';
import { metricsRoutes } from './http/routes/metrics.ts';
import { notificationRoutes } from './http/routes/notifications.ts';
import { paramsRoutes } from './http/routes/params.ts';
import { passThroughRoutes } from './http/routes/pass-through.ts';
import { queryRoutes } from './http/routes/queries.ts';
import { relayRoutes } from './http/routes/relays.ts';
import { silenceRoutes } from './http/routes/silences.ts';
import { tokensRoute } from './http/routes/tokens.ts';
import { withConfiguredScopes } from './http/scopes.ts';
import { createHttpServer } from './http/server/server.ts';
import { openServerCertificate } from './http/server/tls.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { type Liveness, openLiveness } from './liveness/liveness.ts';
import { overridesSchema, parametersSchema } from './liveness/runtime-parameters.ts';
import { connectMonasca } from './monasca/delivery.ts';
import { connectNotifiers, readerOf } from './notify/notifications.ts';
import { beatRawRoute, statusRawRoute } from './profiles/ge/beat.ts';
import { hbtdNotifierNames } from './profiles/hbtd/notifiers.ts';
import { createHbtdProfile } from './profiles/hbtd/profile.ts';
import { lvmbeatConnection } from './profiles/lvmbeat/actor/actor.ts';
import { lvmbeatNotifierNames, lvmbeatNotifiers } from './profiles/lvmbeat/monitor/notifiers.ts';
import { createLvmbeatProfile, lvmbeatRules } from './profiles/lvmbeat/profile.ts';
import { createQueries } from './query/queries.ts';
import { openRelays } from './relays/relays.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics } from './runtime/metrics.ts';
import type { Runtime } from './runtime/runtime.ts';
import { packageVersion } from './runtime/version.ts';
import { mirrorStore } from './store/gauges.ts';
import { openStore, type Store } from './store/store.ts';

export type App = {
  readonly url: string;
  /** Reads tokens and certificates again. */
  reload(): void;
  /** Port of the hbtd profile; undefined where it is disabled. */
  readonly hbtdPort: number | undefined;
  /** Port of the lvmbeat profile; undefined where it is disabled. */
  readonly lvmbeatPort: number | undefined;
  /** Rejects new requests, finishes pending ones, delivers for a bounded time, closes. */
  stop(): Promise<void>;
};

/**
 * Starts the whole service. What has to be closed goes onto a stack, which is closed from its top:
 * at the stop, and when the start fails.
 */
export async function startApp(config: Config, log: Log, clock: Clock = systemClock): Promise<App> {
  const metrics = createMetrics({
    connection: config.profiles.lvmbeat.amqp.url === undefined ? [] : [lvmbeatConnection],
    relay: config.relays.map(({ name }) => name),
    destination: ['monasca', ...namedNotifiers(config).map(readerOf)],
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

/** Notifiers of the configuration and of profiles. */
const namedNotifiers = (config: Config): { readonly name: string }[] => [
  ...config.notifiers,
  ...hbtdNotifierNames(config),
  ...lvmbeatNotifierNames(config),
];

/**
 * Gives each room the functions that it needs of others.
 *
 *   raw routes ─▶ ingest ─▶ store.heartbeats ─▶ pump ─▶ Monasca sink ─▶ Keystone, Monasca
 *                             └──────────▶ registry, ledger ─▶ liveness ─▶ store.events
 *                             │                   notifiers ◀─ routing ◀─ pumps ◀┘
 *                             └──────────▶ relays ─▶ targets
 */
async function openRooms(opened: AsyncDisposableStack, config: Config, runtime: Runtime) {
  const { dataDir, outbox, http, profiles } = config;
  const { clock } = runtime;
  const store = opened.adopt(await openStore({ dataDir, ...outbox }, runtime), (s) => s.close());
  mirrorStore(store, outbox.maxRecords, runtime);

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
  const rules = [...(hbtd?.rules ?? []), ...lvmbeatRules(config)];
  const liveness = openLiveness(config, store, runtime, rules);
  const queries = createQueries({ ...liveness, config, store, readMeasured: monasca.read });
  opened.defer(queries.close);
  const notifiers = await connectNotifiers(config, store, runtime, [
    ...(hbtd?.notifiers ?? []),
    ...lvmbeatNotifiers(config, runtime),
  ]);
  const ingest = createIngestOf(config, store, runtime);
  const { lvmbeat, relays } = openDownstream(config, { store, liveness, ingest }, runtime);

  const certificate = openServerCertificate(http.tls, runtime);
  const isKnown = (instance: Identity) => liveness.stateOf(instance) !== undefined;
  const access = openAccess(config, { store, isKnown, certificate }, runtime);
  const health = createServiceHealth({
    store,
    maxRecords: outbox.maxRecords,
    startedAtMs: clock.now(),
    stalled: liveness.stalled,
    dependencies: () => ({
      ...liveness.health(),
      ...monasca.health(),
      ...notifiers.health(),
      ...relays.health(),
      ...lvmbeat?.health(),
      ...access.health(),
    }),
  });
  return {
    store,
    hbtd,
    lvmbeat,
    monasca,
    liveness,
    queries,
    notifiers,
    relays,
    certificate,
    access,
    ingest,
    health,
  };
}

const createIngestOf = (config: Config, store: Store, { clock, metrics }: Runtime) =>
  createIngest({
    append: store.heartbeats.append,
    maxHeartbeats: config.http.maxHeartbeats,
    maxFutureMs: config.ingest.maxFutureSeconds * 1_000,
    maxAgeMs: config.liveness.maxAgeSeconds * 1_000,
    clock,
    metrics,
  });

/** The relays, and the lvmbeat profile, whose actor sends their commands and reports their state. */
function openDownstream(
  config: Config,
  { store, liveness, ingest }: { store: Store; liveness: Liveness; ingest: Ingest },
  runtime: Runtime,
) {
  const { record } = liveness.evaluator;
  const profileParts = {
    ...liveness,
    ...{ saved: store.settings(), record, ingest },
    relays: () => relays.list(),
  };
  const lvmbeat = createLvmbeatProfile(config, profileParts, runtime);
  if (lvmbeat) store.heartbeats.onStored(({ records }) => lvmbeat.received(records));
  const relayParts = { store, instances: liveness.expected, record, sendCommand: lvmbeat?.send };
  const relays = openRelays(config, relayParts, runtime);
  return { lvmbeat, relays };
}

type Rooms = Awaited<ReturnType<typeof openRooms>>;

/** Listens, then starts what runs by itself. */
async function startServing(
  opened: AsyncDisposableStack,
  config: Config,
  rooms: Rooms,
  runtime: Runtime,
): Promise<App> {
  const { monasca, liveness, notifiers, relays, access, certificate } = rooms;
  const { dataDir, http } = config;
  const { log } = runtime;
  const drainMs = config.stop.drainSeconds * 1_000;
  const streams = new AbortController();
  const server = createServer(config, rooms, streams.signal, runtime);
  const { hbtd, lvmbeat } = config.profiles;
  const hbtdServer = createProfileServer(hbtd, hbtdMounts('/', rooms), config, rooms, runtime);
  const lvmbeatServer = createProfileServer(
    ...([lvmbeat, lvmbeatMounts('/', rooms), config, rooms, runtime] as const),
  );

  /** What is started when the servers listen, and stopped when they are closed. */
  const running = opened.use(new AsyncDisposableStack());
  opened.defer(async () => {
    const servers = [server, hbtdServer, lvmbeatServer];
    await Promise.all([...servers.map((one) => one?.close(drainMs)), rooms.lvmbeat?.stop(drainMs)]);
  });
  const port = await server.listen();
  const hbtdPort = await hbtdServer?.listen();
  const lvmbeatPort = await lvmbeatServer?.listen();

  access.start();
  running.defer(access.stop);
  liveness.start();
  running.defer(liveness.stop);
  relays.start();
  running.defer(relays.stop);
  rooms.lvmbeat?.start();
  const remaining = { left: 0, unreported: 0 };
  monasca.start();
  notifiers.start();
  running.defer(async () => {
    const left = await Promise.all([monasca.stop(drainMs), notifiers.stop(drainMs)]);
    [remaining.left, remaining.unreported] = left;
  });
  opened.defer(() => {
    streams.abort();
    access.endDelays();
  });
  const host = http.host.includes(':') ? `[${http.host}]` : http.host;
  const url = `${certificate ? 'https' : 'http'}://${host}:${port}`;
  log.info({ url, dataDir, hbtdPort, lvmbeatPort }, 'listening');

  return {
    url,
    reload: access.reload,
    hbtdPort,
    lvmbeatPort,
    async stop() {
      await opened.disposeAsync();
      log.info(remaining, 'stopped; what is left is delivered after the next start');
    },
  };
}

/** `stopping` ends the streams of events. */
function createServer(config: Config, rooms: Rooms, stopping: AbortSignal, runtime: Runtime) {
  const { profiles, http } = config;
  const { ingest, access, certificate, liveness } = rooms;
  const table = withConfiguredScopes(routesOf(config, rooms, stopping, runtime), config.auth);
  const routes = audited(table, liveness.evaluator.record, runtime.log);
  const rawRoutes = [
    heartbeatsRawRoute(ingest),
    ...(profiles.ge.enabled ? [beatRawRoute(ingest), statusRawRoute] : []),
  ];
  return createHttpServer(http, {
    ...runtime,
    rawRoutes,
    mounts: [
      ...(profiles.hbtd.underMain ? hbtdMounts('/hmi/v1/', rooms) : []),
      ...(profiles.lvmbeat.underMain ? lvmbeatMounts('/lvmbeat/', rooms) : []),
    ],
    routes: [...routes, ...openApiRoutes(routes, rawRoutes, packageVersion())],
    authorizer: access.authorizer,
    certificate,
  });
}

function routesOf(
  config: Config,
  { store, health, access, liveness, queries, monasca, notifiers, relays }: Rooms,
  stopping: AbortSignal,
  { clock, log, metrics }: Runtime,
): Route[] {
  const { evaluator, blindTimes } = liveness;
  return [
    ...healthRoutes(health),
    ...deadLetterRoutes({ ...monasca.deadLetterQueues, ...notifiers.deadLetterQueues }),
    tokensRoute(access.credentials, clock.now),
    ...queryRoutes(config, queries, {
      feed: store.events,
      stopping,
      retire: evaluator.retire,
      retireAll: evaluator.retireAll,
      blindMs: blindTimes.within,
      clock,
      log,
    }),
    ...metricsRoutes(metrics, queries, config.metrics.instances),
    ...silenceRoutes(evaluator.silences),
    ...relayRoutes(relays),
    ...paramsRoutes(evaluator, { all: parametersSchema, some: overridesSchema }),
    ...(monasca.passThrough ? passThroughRoutes(monasca.passThrough) : []),
    ...notificationRoutes(notifiers.names, notifiers.test),
  ];
}

/** The server of a profile on its own port; undefined where the profile is disabled. */
function createProfileServer(
  profile: Pick<Config['profiles']['hbtd'], 'host' | 'port' | 'open'>,
  mounts: readonly Mount[],
  { http }: Config,
  { access, certificate }: Rooms,
  runtime: Runtime,
) {
  if (mounts.length === 0) return undefined;
  const { authorizer, openAuthorizer } = access;
  const { host = http.host, port, open } = profile;
  return createHttpServer(
    { ...http, host, port },
    {
      ...runtime,
      mounts,
      // Where no token is needed, clients of these protocols expect plain HTTP.
      ...(open ? { authorizer: openAuthorizer } : { authorizer, certificate }),
    },
  );
}

function hbtdMounts(prefix: string, { hbtd, ingest, liveness, health, notifiers }: Rooms) {
  const { stateOf } = liveness;
  const { notReady } = health;
  const isFailing = (name: string) => notifiers.health()[readerOf({ name })]?.status === 'down';
  return hbtd ? [hbtd.mount(prefix, { ingest, stateOf, notReady, isFailing })] : [];
}

function lvmbeatMounts(prefix: string, { lvmbeat, notifiers }: Rooms): Mount[] {
  return lvmbeat ? [lvmbeat.mount(prefix, notifiers.test)] : [];
}
