import { uptime } from 'node:os';
import type { Config } from '../config/schema.ts';
import type { DependenciesHealth, DependencyHealth } from '../contract/health.ts';
import type { Identity, InstanceState } from '../contract/instance.ts';
import type { MeasuredReader } from '../contract/openstack/measured.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { Route } from '../http/route.ts';
import { metricsRoutes } from '../http/routes/metrics.ts';
import { paramsRoutes } from '../http/routes/params.ts';
import { queryRoutes } from '../http/routes/queries.ts';
import { silenceRoutes } from '../http/routes/silences.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createEvaluator, type Evaluator } from '../liveness/evaluator.ts';
import { overridesSchema, parametersSchema } from '../liveness/parameters.ts';
import { createSelfWatch } from '../liveness/self-watch.ts';
import type { ProfileRule } from '../liveness/thresholds.ts';
import { createQueries } from '../query/queries.ts';
import { createRegistry } from '../registry/registry.ts';
import { createHttpClient } from '../runtime/http/http-client.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createUlids } from '../runtime/ulid.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { Store } from '../store/store.ts';
import { keepBlindTimes } from './answers/blind-times.ts';
import { eventCounter, mirrorLiveness } from './liveness-metrics.ts';
import { createObserver } from './observer.ts';

/** Everything that finds silence, remembers who was alive, and lets others read it. */
export type Liveness = {
  readonly routes: readonly Route[];
  /** What an instance is now; undefined when it is not known. */
  stateOf(identity: Identity): InstanceState | undefined;
  changeProfiles: Evaluator['changeProfiles'];
  record: Evaluator['record'];
  start(): void;
  /** Why silence is not being looked for as it should; undefined while it is. */
  stalled(): string | undefined;
  health(): DependenciesHealth;
  /** Ends the streams of events, so that the server can close. */
  endStreams(): void;
  stop(): Promise<void>;
};

const checkpointEveryMs = 5_000;
/** A checkpoint is made earlier when so many heartbeats would have to be replayed. */
const checkpointHeartbeats = 100_000;
const expireEveryMs = 3_600_000;
const dayMs = 86_400_000;
/** A pass that is so much later than a tick is one that no longer comes. */
const stalledAfterMs = 30_000;

export function watchLiveness(
  config: Config,
  store: Store,
  runtime: Runtime,
  others: {
    readonly profileRules?: readonly ProfileRule[];
    /** Reads back what was delivered to Monasca. */
    readonly read?: MeasuredReader | undefined;
  } = {},
): Liveness {
  const { clock, log, metrics } = runtime;
  const registry = createRegistry();
  for (const record of store.instances()) registry.restore(record);
  const ledger = createLedger({
    table: store.presences,
    identityOf: registry.identity,
    refOf: registry.find,
    retentionDays: config.ledger.retentionDays,
    now: clock.now,
  });
  const observer = createObserver({ store, registry, ledger, evaluator: () => evaluator });
  const countEvents = eventCounter(metrics);
  const selfWatch = connectSelfWatch(config, runtime);
  const evaluator: Evaluator = createEvaluator({
    config: config.liveness,
    logLevel: config.log.level,
    profileRules: others.profileRules ?? [],
    registry,
    clock,
    uptimeMs: () => uptime() * 1_000,
    saved: store.settings(),
    async commit(change) {
      await observer.commit(change);
      countEvents(change.events);
    },
    maintenance: config.maintenance,
    silenceRetentionMs: config.events.retentionDays * dayMs,
    newId: createUlids(),
    isDeaf: listenTo(store, config.outbox.maxRecords),
    onForget: ledger.release,
    onPassed(isDeaf) {
      blindTimes.note();
      if (!isDeaf) selfWatch?.passed();
    },
    onParameters: ({ logLevel }) => {
      log.level = logLevel;
    },
    log,
  });
  mirrorLiveness({ registry, evaluator }, metrics);

  const replayed = observer.replay();
  if (registry.size > 0)
    log.info({ instances: registry.size, replayed }, 'the registry is restored');
  store.heartbeats.onStored(observer.apply);

  const life = new AbortController();
  let keeping: Promise<unknown> = Promise.resolve();

  /** Does `work` now and then for as long as the service lives; a store that fails is for later. */
  async function keep(everyMs: () => number, work: () => Promise<unknown>): Promise<void> {
    while (!life.signal.aborted) {
      await clock.sleep(everyMs(), life.signal);
      if (life.signal.aborted) return;
      await work().catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
      });
    }
  }

  async function expire(): Promise<void> {
    const oldestMs = clock.now() - config.events.retentionDays * dayMs;
    while ((await store.events.expire(oldestMs)) > 0 && !life.signal.aborted);
    await ledger.expire();
  }

  const stalled = (): string | undefined => {
    const { passAgeMs } = evaluator.status();
    const tickMs = evaluator.parameters().evaluationSeconds * 1_000;
    if (passAgeMs < tickMs + stalledAfterMs) return undefined;
    return `silence has not been looked for since ${Math.round(passAgeMs / 1_000)} s`;
  };

  const blindTimes = keepBlindTimes(store, evaluator, clock);
  const { read } = others;
  const queries = createQueries({ config, store, registry, ledger, evaluator, readMeasured: read });
  const streams = new AbortController();
  return {
    routes: [
      ...queryRoutes(config, queries, {
        feed: store.events,
        stopping: streams.signal,
        retire: evaluator.retire,
        blindMs: blindTimes.within,
        clock,
        log,
      }),
      ...silenceRoutes(evaluator.silences),
      ...paramsRoutes(evaluator, { all: parametersSchema, some: overridesSchema }),
      ...metricsRoutes(metrics, queries, config.metrics.instances),
    ],
    stateOf(identity) {
      const ref = registry.find(identity);
      return ref === undefined ? undefined : registry.state(ref);
    },
    changeProfiles: evaluator.changeProfiles,
    record: evaluator.record,
    start() {
      evaluator.start();
      const checkpointing = async () => {
        await observer.saveLedger();
        await evaluator.checkpoint();
      };
      // At once at first: what was replayed is placed in time anew at each replay.
      let mostPending = 0;
      const untilCheckpoint = () => {
        const isMuch = observer.pending() > mostPending;
        mostPending = checkpointHeartbeats;
        return isMuch ? 0 : checkpointEveryMs;
      };
      keeping = Promise.all([
        keep(untilCheckpoint, checkpointing),
        keep(() => expireEveryMs, expire),
      ]);
    },
    stalled,
    health: () => ({
      liveness: livenessHealth(evaluator, stalled()),
      ...(selfWatch ? { selfWatch: selfWatchHealth(selfWatch.status()) } : {}),
    }),
    endStreams: () => streams.abort(),
    async stop() {
      life.abort();
      await queries.close();
      await keeping;
      const saved = observer.saveLedger().finally(evaluator.stop);
      await saved.catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
        log.warn({ error }, 'the last checkpoint could not be written: more is replayed next time');
      });
    },
  };
}

/**
 * Whether heartbeats are refused, or were since the last time that this was asked: for want of a
 * disk, or of room in an outbox that Monasca does not empty. Whoever was refused must not be missed.
 */
function listenTo({ failure, heartbeats }: Store, maxRecords: number): () => boolean {
  let refused = 0;
  return () => {
    const before = refused;
    refused = heartbeats.refused();
    return failure() !== undefined || refused > before || heartbeats.depth() >= maxRecords;
  };
}

function connectSelfWatch({ selfWatch }: Config, { clock, log }: Runtime) {
  const { url, everySeconds } = selfWatch;
  if (url === undefined) return undefined;
  const http = createHttpClient({ timeoutMs: 10_000 });
  return createSelfWatch({ url, everySeconds, http, clock, log });
}

function livenessHealth(evaluator: Evaluator, stalled: string | undefined): DependencyHealth {
  const { blindMs, lastPass, passAgeMs, waitingEvents, isMassOutage } = evaluator.status();
  const blindSeconds = Object.fromEntries(
    Object.entries(blindMs).map(([cause, ms]) => [cause, Math.round(ms / 1_000)]),
  );
  return {
    status: stalled === undefined ? 'up' : 'down',
    ...(stalled === undefined ? {} : { detail: stalled }),
    passAgeSeconds: Math.round(passAgeMs / 1_000),
    passMs: Math.round(lastPass.durationMs),
    blindSeconds,
    waitingEvents,
    massOutage: isMassOutage,
  };
}

function selfWatchHealth(status: {
  readonly lastSuccessAtMs?: number;
  readonly lastError?: string;
}): DependencyHealth {
  const { lastSuccessAtMs, lastError } = status;
  return {
    status: lastError === undefined ? 'up' : 'down',
    lastSuccess: isoTime(lastSuccessAtMs),
    lastError,
  };
}
