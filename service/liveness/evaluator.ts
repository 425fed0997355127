import { setImmediate } from 'node:timers/promises';
import type { LivenessConfig } from '../config/sections/liveness.ts';
import type { MaintenanceConfig } from '../config/sections/maintenance.ts';
import type { EventBody } from '../contract/event.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Identity, Thresholds } from '../contract/instance.ts';
import type { FieldError } from '../contract/problem.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log, LogLevel } from '../runtime/log.ts';
import { createActiveSilences } from '../silences/active-silences.ts';
import { createSilences, type Silences } from '../silences/silences.ts';
import type { StoreUnavailable } from '../store/failure.ts';
import { type Commit, createChangeQueue, rowsPerCommit } from './change-queue.ts';
import { createComponentWatch } from './components/watch.ts';
import { createEvaluation, massOutageKey } from './evaluation.ts';
import { createEvaluationLoop, type PassTimes } from './evaluation-loop.ts';
import { createInstanceWatch } from './instance-watch.ts';
import { createLogicalClock, savedClockSchema } from './logical-clock.ts';
import { createParameterDesk, type Parameters } from './parameters.ts';
import { createSilenceTurn } from './release.ts';
import { createMassOutage, stormSchema } from './reporting/mass-outage.ts';
import { createReminderRound } from './reporting/reminder-round.ts';
import { createReminders } from './reporting/reminders.ts';
import { createReporter } from './reporting/reporter.ts';
import { createSweep } from './reschedule.ts';
import type { EvaluatorStatus } from './status.ts';
import { createThresholds, type ProfileRule } from './thresholds.ts';

/**
 * Finds silence: turns heartbeats and passing time into states, and these into events.
 *
 *   beat ──▶ registry ◀── pass (each tick) ──▶ states ──▶ what is told ──▶ change queue ──▶ commit
 *
 * Made over a registry that holds all rows from disk; then the heartbeats after the durable cursor
 * are applied, and `start` begins to look for silence. A row remembers the last heartbeat applied
 * to it, so one that comes again changes nothing; and an event is on disk with its row. So each
 * event is made once, whenever the process dies.
 */
export type Evaluator = {
  /**
   * Applies a heartbeat with its number in the outbox, in their order. Gives the ref of its
   * instance; undefined when that is not known, for example because all it ever sent is history.
   */
  beat(heartbeat: Heartbeat, seq: number): Ref | undefined;
  /**
   * The silence after which the sender of this heartbeat is down. With the ref that `beat` gave for
   * it, nothing needs to be looked up by name again.
   */
  downMs(heartbeat: Heartbeat, ref?: Ref): number;
  /**
   * Takes an instance out without alarm. Resolves when that is durable, with whether it was known;
   * throws `StoreUnavailable` when it is not durable yet.
   */
  retire(identity: Identity, by?: string): Promise<boolean>;
  /** After how much silence this instance is late and down. */
  thresholds(ref: Ref): Thresholds;
  /** Seconds since its last heartbeat, blind time not counted. */
  ageSeconds(ref: Ref): number;
  parameters(): Parameters;
  /** Resolves when durable; throws `StoreUnavailable` when in use, but not durable yet. */
  patchParameters(patch: Readonly<Record<string, unknown>>, by?: string): Promise<PatchOutcome>;
  /** Resolves when durable; throws `StoreUnavailable` when in use, but not durable yet. */
  changeProfiles(change: ProfileChange): Promise<void>;
  /** Resolves when durable; throws `StoreUnavailable` when it will be later. */
  record(event: EventBody): Promise<void>;
  /**
   * Everything as it is now: rows in portions, the rest with the cursor in the last commit. Throws
   * `StoreUnavailable`: then it is to be called again.
   */
  checkpoint(): Promise<void>;
  readonly silences: Silences;
  start(): void;
  /** Ends the passes, and makes a last checkpoint. Throws `StoreUnavailable`. */
  stop(): Promise<void>;
  /** One pass, as `start` makes them. */
  tick(): Promise<void>;
  status(): EvaluatorStatus;
};

export type PatchOutcome =
  | { readonly kind: 'changed' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** What comes to the disk when a profile changes the thresholds of its components. */
export type ProfileChange = {
  readonly rules: readonly ProfileRule[];
  readonly settings: ReadonlyMap<string, string>;
  readonly event?: EventBody;
};

export type EvaluatorOptions = {
  readonly config: LivenessConfig;
  readonly logLevel: LogLevel;
  readonly profileRules?: readonly ProfileRule[];
  readonly registry: Registry;
  readonly clock: Clock;
  /** Milliseconds since the machine was started, suspended times included: `os.uptime()`. */
  readonly uptimeMs: () => number;
  /** What was written before of `Change.settings`. */
  readonly saved: ReadonlyMap<string, string>;
  readonly commit: Commit;
  /** Recurring times in which nobody is notified. */
  readonly maintenance: MaintenanceConfig;
  /** How long silences are kept when they are over. */
  readonly silenceRetentionMs: number;
  /** A new event id for a time. */
  readonly newId: (atMs: number) => string;
  /** Whether heartbeats are being refused now. */
  readonly isDeaf: () => boolean;
  /** Called before an instance is forgotten, while its ref is still valid. */
  readonly onForget: (ref: Ref) => void;
  /** After each pass whose results are on disk; a deaf one did not look for silence. */
  readonly onPassed: (isDeaf: boolean) => void;
  /** At the start, and whenever they change. */
  readonly onParameters: (parameters: Parameters) => void;
  readonly log: Log;
};

const clockKey = 'liveness.clock';

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { config, registry, clock, saved, newId } = options;
  const savedClock = saved.get(clockKey);
  const savedStorm = saved.get(massOutageKey);
  const logical = createLogicalClock({
    clock,
    uptimeMs: options.uptimeMs,
    tickMs: () => desk.current().evaluationSeconds * 1_000,
    saved: savedClock === undefined ? undefined : savedClockSchema.parse(JSON.parse(savedClock)),
  });
  const saveClock = (isCheckpoint: boolean) =>
    [clockKey, JSON.stringify(logical.save(isCheckpoint))] as const;
  const queue = createChangeQueue({
    commit: options.commit,
    always: (isCheckpoint) => [saveClock(isCheckpoint)],
  });
  const { lateSeconds, downSeconds, evaluationSeconds } = config;
  const desk = createParameterDesk({
    configured: { lateSeconds, downSeconds, evaluationSeconds, logLevel: options.logLevel },
    saved,
    save: queue.set,
    onParameters: options.onParameters,
    log: options.log,
  });
  const silences = createActiveSilences({
    windows: options.maintenance,
    retentionMs: options.silenceRetentionMs,
    saved,
    save: queue.set,
    tell: (body, atMs) => tell(body, atMs),
    newId,
    clock,
    log: options.log,
  });
  const reminders = createReminders({
    settings: config.reminders,
    nowMs: logical.now(),
    saved,
    save: queue.set,
  });
  const thresholds = createThresholds(
    config.rules,
    { ...config, ...desk.current() },
    registry.componentOf,
    options.profileRules,
  );
  const massOutage = createMassOutage(
    config.massOutage,
    savedStorm === undefined ? undefined : stormSchema.parse(JSON.parse(savedStorm)),
  );
  const reporter = createReporter({
    registry,
    queue,
    silences,
    reminders,
    flapping: config.flapping,
    thresholdsOf: (ref) => thresholds.of(registry.component(ref), registry.intervalSeconds(ref)),
    newId,
  });
  const components = createComponentWatch({
    config,
    registry,
    thresholds,
    silences,
    nowMs: logical.now(),
    saved,
    save: queue.set,
  });
  const instances = createInstanceWatch({
    config,
    registry,
    thresholds,
    logical,
    queue,
    reporter,
    massOutage,
    silences,
    reminders,
    components,
    onForget: options.onForget,
  });

  let isStarted = false;
  let passedAtMs = clock.monotonic();
  let lastPass: PassTimes = { durationMs: 0, lagMs: 0 };

  for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
    instances.restore(ref);
  }

  function tell(body: EventBody, atMs = clock.now()): void {
    queue.add({ id: newId(atMs), atMs, ...body });
  }

  /** A checkpoint, in portions: gives why it failed. */
  async function saveAll(): Promise<StoreUnavailable | undefined> {
    while (registry.dirtyCount > rowsPerCommit) {
      const failure = await queue.flush('rows');
      if (failure) return failure;
    }
    return queue.flush('checkpoint');
  }

  async function pass(lagMs: number): Promise<void> {
    const beganMs = clock.monotonic();
    const isDeaf = options.isDeaf();
    logical.advance(isDeaf);
    if (!isDeaf) await look(logical.now());
    sweep.step();
    queue.set(...saveClock(false));
    lastPass = { durationMs: clock.monotonic() - beganMs, lagMs };
    void queue.flush().then((failure) => {
      if (failure) return;
      passedAtMs = Math.max(passedAtMs, beganMs);
      options.onPassed(isDeaf);
    });
  }

  // A pass that takes long in slices is no stall: heartbeats are heard in between.
  async function nextTurn(): Promise<void> {
    await setImmediate();
    logical.advance(options.isDeaf());
  }

  const shared = { registry, reporter, components, queue, nextTurn, saveAll, tell, now: clock.now };
  const look = createEvaluation({
    ...shared,
    instances,
    massOutage,
    turnSilences: createSilenceTurn({ ...shared, silences }),
    remind: createReminderRound({ ...shared, reminders }),
  });
  const sweep = createSweep(registry, instances.reschedule);
  const loop = createEvaluationLoop({
    clock,
    tickMs: () => desk.current().evaluationSeconds * 1_000,
    pass,
  });

  async function durable(saving: Promise<StoreUnavailable | undefined>): Promise<void> {
    const failure = await saving;
    if (failure) throw failure;
  }

  return {
    beat: (heartbeat, seq) =>
      instances.beat(
        heartbeat,
        seq,
        isStarted ? logical.now() : logical.heardBefore(heartbeat.receivedAtMs),
      ),

    downMs(heartbeat, ref) {
      const { name, version, intervalSeconds = 0 } = heartbeat;
      const index =
        ref === undefined ? registry.findComponent(name, version) : registry.component(ref);
      return index === undefined
        ? thresholds.ofAny(heartbeat, intervalSeconds).downMs
        : thresholds.of(index, intervalSeconds).downMs;
    },

    async retire(identity, by) {
      const ref = registry.find(identity);
      if (ref === undefined) return false;
      instances.retire(ref, { cause: 'deleted', ...(by === undefined ? {} : { by }) });
      await durable(queue.flush());
      return true;
    },

    thresholds(ref) {
      const { lateMs, downMs } = thresholds.of(
        registry.component(ref),
        registry.intervalSeconds(ref),
      );
      return { lateSeconds: lateMs / 1_000, downSeconds: downMs / 1_000 };
    },
    ageSeconds: (ref) => Math.max(0, logical.now() - registry.lastHeardMs(ref)) / 1_000,
    parameters: desk.current,
    async patchParameters(patch, by) {
      logical.advance(options.isDeaf());
      const outcome = desk.patch(patch, by);
      if (outcome.kind === 'invalid') return outcome;
      if (outcome.event) {
        tell(outcome.event);
        thresholds.change({ ...config, ...desk.current() });
        sweep.begin();
        loop.replan();
      }
      await durable(queue.flush());
      return { kind: 'changed' };
    },

    async changeProfiles({ rules, settings, event }) {
      for (const [key, value] of settings) queue.set(key, value);
      if (event) tell(event);
      thresholds.changeProfiles(rules);
      sweep.begin();
      await durable(queue.flush());
    },

    async record(event) {
      tell(event);
      await durable(queue.flush());
    },
    silences: createSilences({ desk: silences, flush: () => durable(queue.flush()), clock }),
    checkpoint: () => durable(saveAll()),
    start() {
      isStarted = true;
      logical.resume();
      passedAtMs = clock.monotonic();
      loop.start();
    },
    async stop() {
      await loop.stop();
      await durable(saveAll());
    },
    tick: () => pass(0),
    status: () => ({
      logicalMs: logical.now(),
      blindMs: logical.blindMs(),
      lastPass,
      passAgeMs: clock.monotonic() - passedAtMs,
      waitingEvents: queue.events,
      owed: reporter.owedCount,
      flapping: reporter.flappingCount,
      isMassOutage: massOutage.storm !== undefined,
    }),
  };
}
