import { intakeConnection } from './amqp/intake.ts';
import type { Config } from './config/schema.ts';
import { readerOf } from './notify/notifications.ts';
import { hbtdNotifierNames } from './profiles/hbtd/notifiers.ts';
import { createHeraldProfile } from './profiles/herald/profile.ts';
import { lvmbeatConnection } from './profiles/lvmbeat/actor/actor.ts';
import { lvmbeatNotifierNames } from './profiles/lvmbeat/monitor/notifiers.ts';
import { forwardDestination } from './records/records.ts';
import { redisDestinations } from './redis/delivery.ts';
import { openRooms, type Rooms } from './rooms.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics } from './runtime/metrics.ts';
import type { Runtime } from './runtime/runtime.ts';
import { createHbtdServer, createLvmbeatServer, createServer } from './servers.ts';

export type App = {
  readonly url: string;
  /** Reads tokens and certificates again. */
  reload(): void;
  /** Port of the hbtd profile; undefined where it is disabled. */
  readonly hbtdPort: number | undefined;
  /** Port of the lvmbeat profile; undefined where it is disabled. */
  readonly lvmbeatPort: number | undefined;
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
      ...(config.records.forward.url ? [forwardDestination] : []),
      ...namedNotifiers(config).map(readerOf),
    ],
    connection: [
      ...(config.intake.amqp.url === undefined ? [] : [intakeConnection]),
      ...(config.profiles.lvmbeat.amqp.url === undefined ? [] : [lvmbeatConnection]),
    ],
    relay: config.relays.map(({ name }) => name),
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

/** Listens, then starts what runs by itself. */
async function startServing(
  opened: AsyncDisposableStack,
  config: Config,
  rooms: Rooms,
  runtime: Runtime,
): Promise<App> {
  const { monasca, redis, liveness, records, notifiers, relays, access, certificate } = rooms;
  const { dataDir, http } = config;
  const { log } = runtime;
  const drainMs = config.stop.drainSeconds * 1_000;
  const streams = new AbortController();
  const server = createServer(config, rooms, streams.signal, runtime);
  const hbtdServer = createHbtdServer(config, rooms, runtime);
  const lvmbeatServer = createLvmbeatServer(config, rooms, runtime);
  const herald = records && createHeraldProfile(config.profiles.herald, records.append, runtime);

  /** What is started when the servers listen, and stopped when they are closed. */
  const running = opened.use(new AsyncDisposableStack());
  opened.defer(async () => {
    const servers = [server, hbtdServer, lvmbeatServer];
    await Promise.all([
      ...servers.map((one) => one?.close(drainMs)),
      herald?.close(),
      rooms.lvmbeat?.stop(drainMs),
    ]);
  });
  const port = await server.listen();
  const hbtdPort = await hbtdServer?.listen();
  const lvmbeatPort = await lvmbeatServer?.listen();
  const heraldPort = await herald?.listen();

  access.start();
  running.defer(access.stop);
  liveness.start();
  running.defer(liveness.stop);
  relays.start();
  running.defer(relays.stop);
  rooms.lvmbeat?.start();
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
  const url = urlOf(http.host, port, certificate !== undefined);
  log.info({ url, dataDir, hbtdPort, heraldPort, lvmbeatPort }, 'listening');

  return {
    url,
    reload: access.reload,
    hbtdPort,
    lvmbeatPort,
    heraldPort,
    async stop() {
      await opened.disposeAsync();
      log.info(remaining, 'stopped; what is left is delivered after the next start');
    },
  };
}

function urlOf(host: string, port: number, isSecure: boolean): string {
  return `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
