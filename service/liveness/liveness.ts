import { uptime } from 'node:os';
import type { Config } from '../config/schema.ts';
import { defined } from '../contract/defined.ts';
import type { DependenciesHealth, DependencyHealth } from '../contract/health.ts';
import type { Identity, InstanceState } from '../contract/instance.ts';
import { type BlindTimes, blindTimesKey, createBlindTimes } from '../ledger/blind-times.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import { createRegistry, type Ref, type Registry } from '../registry/registry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createUlids } from '../runtime/ulid.ts';
import { StoreUnavailable } from '../store/failure.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import { Evaluator } from './evaluator.ts';
import { createEventCounter, mirrorLiveness } from './monitoring/metrics.ts';
import { createSelfWatch } from './monitoring/self-watch.ts';
import { createObserver } from './observer.ts';
import type { ProfileRule } from './thresholds.ts';

/** Everything that is derived from heartbeats: states, events, silences, presences. */
export type Liveness = {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly blindTimes: BlindTimes;
  readonly evaluator: Evaluator;
  /** State of an instance now; undefined when it is not known. */
  stateOf(identity: Identity): InstanceState | undefined;
  /** Receipt of its last heartbeat by the wall clock; undefined when it is not known. */
  lastSeenMs(identity: Identity): number | undefined;
  /** Instances that are expected to send: known, and not retired. */
  readonly expected: {
    known(): Iterable<Identity>;
    isExpected(identity: Identity): boolean;
    /** Time by which the clock of an instance is behind; 0 when it is right or not known. */
    clockOffsetMs(identity: Identity): number;
  };
  start(): void;
  /** Why no evaluation runs; undefined while they do. */
  stalled(): string | undefined;
  health(): DependenciesHealth;
  stop(): Promise<void>;
};

const checkpointEveryMs = 5_000;
/** A checkpoint is made earlier when so many heartbeats would have to be replayed. */
const checkpointHeartbeats = 100_000;
const expireEveryMs = 3_600_000;
const dayMs = 86_400_000;
/** An evaluation that is late by more than this is one that does not come any more. */
const stalledAfterMs = 30_000;

export function openLiveness(
  config: Config,
  store: Store,
  runtime: Runtime,
  profileRules: readonly ProfileRule[] = [],
): Liveness {
  const { clock, log, metrics } = runtime;
  const registry = createRegistry();
  for (const record of store.instances()) registry.restore(record);
  const ledger = openLedger(config, store, registry, clock);
  const observer = createObserver({ store, registry, ledger });
  const countEvents = createEventCounter(metrics);
  const selfWatch = createSelfWatch(config.selfWatch, runtime);
  const evaluator = new Evaluator({
    config: config.liveness,
    logLevel: config.log.level,
    profileRules,
    registry,
    clock,
    uptimeMs: () => uptime() * 1_000,
    saved: store.settings(),
    async commit(changes) {
      await observer.commit(changes);
      countEvents(changes.events);
    },
    maintenance: config.maintenance,
    silenceRetentionMs: config.events.retentionDays * dayMs,
    newId: createUlids(),
    isRejecting: createRejectionWatch(store, config.outbox.maxRecords),
    onForget: ledger.release,
    onEvaluated(wasRejecting) {
      blindTimes.note();
      if (!wasRejecting) selfWatch?.evaluated();
    },
    onParameters: ({ logLevel }) => {
      log.level = logLevel;
    },
    log,
  });
  const blindTimes = openBlindTimes(store, evaluator, clock);
  mirrorLiveness(registry, evaluator, metrics);

  const replayed = observer.replay(evaluator);
  const { size: instances } = registry;
  if (instances > 0) log.info({ instances, replayed }, 'the registry is restored');
  store.heartbeats.onStored((batch) => observer.apply(batch, evaluator));

  const stalled = () => stallOf(evaluator, 'ranAgeMs', 'completed');
  const upkeep = createUpkeep(config, { store, ledger, evaluator, observer }, runtime);
  return {
    registry,
    ledger,
    blindTimes,
    evaluator,
    ...createLookUps(registry, evaluator),
    start() {
      evaluator.start();
      upkeep.start();
    },
    stalled,
    health: () => ({
      liveness: livenessHealth(evaluator),
      ...defined({ selfWatch: selfWatch?.health() }),
    }),
    stop: upkeep.stop,
  };
}

function createLookUps(
  registry: Registry,
  evaluator: Evaluator,
): Pick<Liveness, 'stateOf' | 'lastSeenMs' | 'expected'> {
  const isExpected = (ref: Ref | undefined): ref is Ref =>
    ref !== undefined && registry.state(ref) !== 'retired';
  return {
    stateOf(identity) {
      const ref = registry.find(identity);
      return ref === undefined ? undefined : evaluator.stateNow(ref);
    },
    lastSeenMs(identity) {
      const ref = registry.find(identity);
      return ref === undefined ? undefined : registry.record(ref).receivedAtMs;
    },
    expected: {
      *known() {
        for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
          if (isExpected(ref)) yield registry.identity(ref);
        }
      },
      isExpected: (identity) => isExpected(registry.find(identity)),
      clockOffsetMs(identity) {
        const ref = registry.find(identity);
        return ref === undefined ? 0 : registry.clockOffsetMs(ref);
      },
    },
  };
}

const openLedger = (config: Config, store: Store, registry: Registry, { now }: Clock): Ledger =>
  createLedger({
    table: store.presences,
    identityOf: registry.identity,
    refOf: registry.find,
    retentionDays: config.ledger.retentionDays,
    now,
  });

/** Checkpoints, and removal of what is older than its retention; while the service runs. */
function createUpkeep(
  config: Config,
  parts: {
    store: Store;
    ledger: Ledger;
    evaluator: Evaluator;
    observer: ReturnType<typeof createObserver>;
  },
  { clock, log }: Runtime,
) {
  const { store, ledger, evaluator, observer } = parts;
  const life = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  /** Repeats `work`; what fails for the store is done the next time. */
  async function repeat(everyMs: () => number, work: () => Promise<unknown>): Promise<void> {
    while (!life.signal.aborted) {
      await clock.sleep(everyMs(), life.signal);
      if (!life.signal.aborted) await work().catch(ignoreUnavailable);
    }
  }

  async function checkpoint(): Promise<void> {
    await observer.saveLedger();
    await evaluator.checkpoint();
  }

  async function expire(): Promise<void> {
    const oldestMs = clock.now() - config.events.retentionDays * dayMs;
    while ((await store.events.expire(oldestMs)) > 0 && !life.signal.aborted);
    await ledger.expire();
  }

  return {
    start() {
      // The first checkpoint is made at once: replayed heartbeats get another logical time each time.
      let maxPending = 0;
      const untilCheckpoint = () => {
        const isMuch = observer.pending() > maxPending;
        maxPending = checkpointHeartbeats;
        return isMuch ? 0 : checkpointEveryMs;
      };
      running = Promise.all([
        repeat(untilCheckpoint, checkpoint),
        repeat(() => expireEveryMs, expire),
      ]);
    },
    async stop(): Promise<void> {
      life.abort();
      await running;
      const saved = observer.saveLedger().finally(() => evaluator.stop());
      await saved.catch((error: unknown) => {
        ignoreUnavailable(error);
        log.warn({ error }, 'the last checkpoint could not be written: more is replayed next time');
      });
    },
  };
}

function ignoreUnavailable(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}

/** Blind times are saved as they grow; what a failing store cannot save is lost at the next start. */
function openBlindTimes(store: Store, evaluator: Evaluator, { now }: Clock): BlindTimes {
  return createBlindTimes({
    now,
    blindMs: () => Object.values(evaluator.status().blindMs).reduce((sum, ms) => sum + ms, 0),
    saved: store.settings().get(blindTimesKey),
    save: (text) =>
      void store
        .write(settingStatements(new Map([[blindTimesKey, text]])))
        .catch(ignoreUnavailable),
  });
}

/**
 * Returns a function that says whether heartbeats are rejected, or were since its last call: the disk
 * fails, or the outbox is full. A rejected heartbeat must not be missed.
 */
function createRejectionWatch({ failure, heartbeats }: Store, maxRecords: number): () => boolean {
  let refused = 0;
  return () => {
    const before = refused;
    refused = heartbeats.refused();
    return failure() !== undefined || refused > before || heartbeats.depth() >= maxRecords;
  };
}

function stallOf(
  evaluator: Evaluator,
  age: 'ageMs' | 'ranAgeMs',
  participle: 'completed' | 'been stored',
): string | undefined {
  const ageMs = evaluator.status()[age];
  const periodMs = evaluator.parameters().evaluationSeconds * 1_000;
  if (ageMs < periodMs + stalledAfterMs) return undefined;
  return `liveness evaluation has not ${participle} for ${Math.round(ageMs / 1_000)} s`;
}

function livenessHealth(evaluator: Evaluator): DependencyHealth {
  const stalled =
    stallOf(evaluator, 'ranAgeMs', 'completed') ?? stallOf(evaluator, 'ageMs', 'been stored');
  const { blindMs, durationMs, ageMs, waitingEvents, isMassOutage } = evaluator.status();
  const blindSeconds = Object.fromEntries(
    Object.entries(blindMs).map(([cause, ms]) => [cause, Math.round(ms / 1_000)]),
  );
  return {
    status: stalled === undefined ? 'up' : 'down',
    ...defined({ detail: stalled }),
    evaluationAgeSeconds: Math.round(ageMs / 1_000),
    evaluationMs: Math.round(durationMs),
    blindSeconds,
    waitingEvents,
    massOutage: isMassOutage,
  };
}
