import type { Config } from './config/schema.ts';
import type { Mount } from './contract/raw-route.ts';
import { audited } from './http/audit.ts';
import { healthRoutes } from './http/health/routes.ts';
import { openApiRoutes } from './http/openapi/routes.ts';
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
import { recordsRawRoute } from './http/routes/records/intake.ts';
import { recordRoutes } from './http/routes/records/records.ts';
import { relayRoutes } from './http/routes/relays/relays.ts';
import { silenceRoutes } from './http/routes/silences.ts';
import { withConfiguredScopes } from './http/scopes.ts';
import { createHttpServer } from './http/server/server.ts';
import { overridesSchema, parametersSchema } from './liveness/runtime-parameters.ts';
import { readerOf } from './notify/notifications.ts';
import { pageRoutes } from './page/routes.ts';
import { beatRawRoute, statusRawRoute } from './profiles/ge/beat.ts';
import type { Rooms } from './rooms.ts';
import type { Clock } from './runtime/clock.ts';
import { packageVersion } from './runtime/package.ts';
import type { Runtime } from './runtime/runtime.ts';

/** `stopping` ends the streams of events. */
export function createServer(
  config: Config,
  rooms: Rooms,
  stopping: AbortSignal,
  runtime: Runtime,
) {
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
    mounts: [
      ...(profiles.hbtd.underMain ? hbtdMounts('/hmi/v1/', rooms) : []),
      ...(profiles.lvmbeat.underMain ? lvmbeatMounts('/lvmbeat/', rooms) : []),
    ],
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
  const { store, health, access, liveness, queries, monasca } = rooms;
  const { redis, records, notifiers, relays } = rooms;
  const { evaluator, blindTimes } = liveness;
  return [
    ...healthRoutes(health),
    ...deadLetterRoutes({
      ...monasca.deadLetterQueues,
      ...redis.deadLetterQueues,
      ...notifiers.deadLetterQueues,
      ...records?.deadLetterQueues,
    }),
    pipelineRouteOf(config, rooms, clock),
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
    ...relayRoutes(relays),
    ...paramsRoutes(evaluator, { all: parametersSchema, some: overridesSchema }),
    ...(monasca.passThrough ? passThroughRoutes(monasca.passThrough) : []),
    ...notificationRoutes(notifiers.names, notifiers.test),
  ];
}

function pipelineRouteOf(
  { outbox }: Config,
  { store, receivedRate, health, monasca, redis, notifiers, records }: Rooms,
  clock: Clock,
): Route {
  return pipelineRoute({
    ...{ health, heartbeats: store.heartbeats, maxRecords: outbox.maxRecords },
    receivedPerSecond: receivedRate.perSecond,
    login: monasca.login,
    deliveries: () => ({
      ...monasca.statuses(),
      ...redis.statuses(),
      ...notifiers.statuses(),
      ...records?.statuses(),
    }),
    now: clock.now,
  });
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

export const createHbtdServer = (config: Config, rooms: Rooms, runtime: Runtime) =>
  createProfileServer(config.profiles.hbtd, hbtdMounts('/', rooms), config, rooms, runtime);

export const createLvmbeatServer = (config: Config, rooms: Rooms, runtime: Runtime) =>
  createProfileServer(config.profiles.lvmbeat, lvmbeatMounts('/', rooms), config, rooms, runtime);

function hbtdMounts(prefix: string, { hbtd, ingest, liveness, health, notifiers }: Rooms) {
  const { stateOf } = liveness;
  const { notReady } = health;
  const isFailing = (name: string) => notifiers.health()[readerOf({ name })]?.status === 'down';
  return hbtd ? [hbtd.mount(prefix, { ingest, stateOf, notReady, isFailing })] : [];
}

function lvmbeatMounts(prefix: string, { lvmbeat, notifiers }: Rooms): Mount[] {
  return lvmbeat ? [lvmbeat.mount(prefix, notifiers.test)] : [];
}
