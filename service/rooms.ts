import { openAccess } from './access/access.ts';
import { openAmqpIntake } from './amqp/intake.ts';
import type { Config } from './config/schema.ts';
import { anonymous } from './contract/access/caller.ts';
import type { DependenciesHealth } from './contract/health.ts';
import type { Identity } from './contract/instance.ts';
import { createServiceHealth } from './http/health/health.ts';
import { createReceivedRate } from './http/pipeline/received-rate.ts';
import { openServerCertificate } from './http/server/tls.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { type Liveness, openLiveness } from './liveness/liveness.ts';
import { connectMonasca } from './monasca/delivery.ts';
import { connectNotifiers } from './notify/notifications.ts';
import { createHbtdProfile } from './profiles/hbtd/profile.ts';
import { lvmbeatNotifiers } from './profiles/lvmbeat/monitor/notifiers.ts';
import { createLvmbeatProfile, lvmbeatRules } from './profiles/lvmbeat/profile.ts';
import { createPublisherReader } from './profiles/pipeline-heartbeat/reader.ts';
import { createQueries } from './query/queries.ts';
import { openRecords } from './records/records.ts';
import { connectRedis } from './redis/delivery.ts';
import { openRelays } from './relays/relays.ts';
import type { Clock } from './runtime/clock.ts';
import type { Runtime } from './runtime/runtime.ts';
import { mirrorStore } from './store/gauges.ts';
import { openStore, type Store } from './store/store.ts';

/**
 * Gives each room the functions that it needs of others.
 *
 *   raw routes ─┬▶ ingest ─▶ store.heartbeats ─▶ pump ─▶ Monasca sink ─▶ Keystone, Monasca
 *   queues ─────┘             ├──────────▶ pump ─▶ Redis ◀─ pump ◀─ store.events
 *                             └──────────▶ registry, ledger ─▶ liveness ─▶ store.events
 *                             │                   notifiers ◀─ routing ◀─ pumps ◀┘
 *                             └──────────▶ relays ─▶ targets
 */
export async function openRooms(opened: AsyncDisposableStack, config: Config, runtime: Runtime) {
  const { dataDir, outbox, http, profiles } = config;
  const { clock } = runtime;
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
  const rules = [...(hbtd?.rules ?? []), ...lvmbeatRules(config)];
  const liveness = openLiveness(config, store, runtime, rules);
  const ingest = createIngestOf(config, store, runtime);
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
  const notifiers = await connectNotifiers(config, store, runtime, [
    ...(hbtd?.notifiers ?? []),
    ...lvmbeatNotifiers(config, runtime),
  ]);
  const { lvmbeat, relays } = openDownstream(config, { store, liveness, ingest }, runtime);

  const certificate = openServerCertificate(http.tls, runtime);
  const isKnown = (instance: Identity) => liveness.stateOf(instance) !== undefined;
  const access = openAccess(config, { store, isKnown, certificate }, runtime);
  const intake = openIntake(config, ingest, runtime);
  const rooms = {
    store,
    receivedRate,
    hbtd,
    lvmbeat,
    monasca,
    redis,
    liveness,
    records,
    queries,
    notifiers,
    relays,
    certificate,
    access,
    ingest,
    intake,
  };
  return { ...rooms, health: createHealthOf(config, rooms, clock) };
}

type DependentRooms = {
  readonly store: Store;
  readonly liveness: Liveness;
} & Readonly<Record<'monasca' | 'redis' | 'notifiers' | 'relays' | 'access', Dependency>> &
  Readonly<Record<'lvmbeat' | 'records' | 'intake', Dependency | undefined>>;

type Dependency = { health(): DependenciesHealth };

function createHealthOf({ outbox }: Config, rooms: DependentRooms, clock: Clock) {
  const { store, liveness, monasca, redis, notifiers, relays, lvmbeat, access } = rooms;
  return createServiceHealth({
    store,
    maxRecords: outbox.maxRecords,
    startedAtMs: clock.now(),
    stalled: liveness.stalled,
    dependencies: () => ({
      ...liveness.health(),
      ...monasca.health(),
      ...redis.health(),
      ...notifiers.health(),
      ...relays.health(),
      ...lvmbeat?.health(),
      ...access.health(),
      ...rooms.records?.health(),
      ...rooms.intake?.health(),
    }),
  });
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

export type Rooms = Awaited<ReturnType<typeof openRooms>>;

/** The consumers of queues; undefined where none are configured. */
function openIntake({ intake, profiles, http }: Config, ingest: Ingest, runtime: Runtime) {
  const { intervalSeconds } = profiles.pipelineHeartbeat;
  const readers = [createPublisherReader(ingest, intervalSeconds)];
  const { maxBodyBytes } = http;
  return openAmqpIntake(intake.amqp, { ingest, maxBodyBytes, readers }, runtime);
}
