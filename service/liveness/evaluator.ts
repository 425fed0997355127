import { setImmediate } from 'node:timers/promises';
import type { LivenessConfig } from '../config/sections/liveness.ts';
import type { MaintenanceConfig } from '../config/sections/maintenance.ts';
import { defined } from '../contract/defined.ts';
import type { EventBody } from '../contract/event.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Identity, ThresholdSource, Thresholds } from '../contract/instance.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log, LogLevel } from '../runtime/log.ts';
import { ActiveSilences } from '../silences/active-silences.ts';
import { ChangeQueue, type Commit } from './change-queue.ts';
import { SkewReports } from './clocks/skew-reports.ts';
import { ComponentWatch } from './components/component-watch.ts';
import { type EvaluationParts, evaluate } from './evaluation.ts';
import { createEvaluationLoop } from './evaluation-loop.ts';
import type { EvaluatorStatus } from './evaluator-status.ts';
import { InstanceStates } from './instance-states.ts';
import { LogicalClock } from './logical-clock.ts';
import { MassOutage } from './reporting/mass-outage.ts';
import { Reminders } from './reporting/reminders.ts';
import { Reporter } from './reporting/reporter.ts';
import { StatusReports } from './reporting/status-reports.ts';
import {
  configuredParameters,
  type InvalidParameters,
  type ParameterPatch,
  RuntimeParameters,
  type RuntimeParameterValues,
} from './runtime-parameters.ts';
import { type ProfileChange, type ProfileRule, ThresholdTable } from './thresholds.ts';

type EvaluatorOptions = {
  readonly config: LivenessConfig;
  readonly logLevel: LogLevel;
  readonly profileRules?: readonly ProfileRule[];
  readonly registry: Registry;
  readonly clock: Clock;
  /** Milliseconds since the machine was started, suspended time included: `os.uptime()`. */
  readonly uptimeMs: () => number;
  /** What was saved before of `ChangeSet.settings`. */
  readonly saved: ReadonlyMap<string, string>;
  readonly commit: Commit;
  readonly maintenance: MaintenanceConfig;
  /** How long silences are kept after their end. */
  readonly silenceRetentionMs: number;
  /** A new event id for a time. */
  readonly newId: (atMs: number) => string;
  /** Whether heartbeats are being rejected now. */
  readonly isRejecting: () => boolean;
  /** Called before an instance is forgotten, while its ref is still valid. */
  readonly onForget: (ref: Ref) => void;
  /** Called after each evaluation whose results are on disk; one while rejecting changes no state. */
  readonly onEvaluated: (wasRejecting: boolean) => void;
  /** Called at the start, and whenever they change. */
  readonly onParameters: (values: RuntimeParameterValues) => void;
  readonly log: Log;
};

/** Instances that are removed in one commit. */
const retiredTogether = 1_000;

/**
 * Finds absences: turns heartbeats and passing time into states, and these into events.
 *
 *   beat ──▶ registry ◀── evaluation ──▶ states ──▶ decision to report ──▶ change queue ──▶ commit
 *
 * Made with a registry that holds all rows from disk; then the heartbeats after the durable cursor
 * are applied, and `start` begins the evaluations. A row remembers the last heartbeat applied to it,
 * so a repeated one changes nothing; and an event is on disk with its row. So each event is made
 * once, whenever the process dies.
 *
 * Promises reject with `StoreUnavailable` when a change is in use, but not durable yet. Functions that
 * other rooms get singly are properties, bound to the evaluator.
 */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #registry: Registry;
  readonly #logical: LogicalClock;
  readonly #queue: ChangeQueue;
  readonly #parameters: RuntimeParameters;
  readonly #silences: ActiveSilences;
  readonly #thresholds: ThresholdTable;
  readonly #instances: InstanceStates;
  readonly #parts: EvaluationParts;
  readonly #loop: ReturnType<typeof createEvaluationLoop>;
  #isStarted = false;
  #evaluatedAtMs: number;
  #ranAtMs: number;
  #last = { durationMs: 0, lagMs: 0 };

  /** Silences as callers make and end them; `by` is the caller. */
  readonly silences = {
    list: () => this.#silences.list(),
    find: (id: string) => this.#silences.find(id),
    create: async (request: unknown, by?: string) => {
      const creation = this.#silences.create(request, by);
      if (creation.kind === 'made') await this.#flush();
      return creation;
    },
    /** Ends a silence at the next evaluation. */
    end: async (id: string, by?: string) => {
      const ending = this.#silences.end(id, by);
      if (ending === 'ended') await this.#flush();
      return ending;
    },
  };

  constructor(options: EvaluatorOptions) {
    const { config, registry, clock, saved, newId, onForget, log } = options;
    const periodMs = () => this.#parameters.values.evaluationSeconds * 1_000;
    const save = (key: string, value: string | undefined) => this.#queue.set(key, value);
    this.#options = options;
    this.#registry = registry;
    this.#evaluatedAtMs = clock.monotonic();
    this.#ranAtMs = this.#evaluatedAtMs;
    this.#queue = new ChangeQueue({
      commit: options.commit,
      always: (isCheckpoint) => this.#logical.save(isCheckpoint),
      dirtyCount: () => registry.dirtyCount,
    });
    const { logLevel, onParameters: onChange } = options;
    const configured = configuredParameters(config, logLevel);
    this.#parameters = new RuntimeParameters({ configured, saved, save, onChange, log });
    this.#logical = new LogicalClock({ clock, uptimeMs: options.uptimeMs, periodMs, saved });
    const nowMs = this.#logical.now();
    this.#silences = new ActiveSilences({
      windows: options.maintenance,
      retentionMs: options.silenceRetentionMs,
      saved,
      save,
      report: (body, atMs) => this.#add(body, atMs),
      newId,
      clock,
      log,
    });
    this.#thresholds = new ThresholdTable(
      config.rules,
      { ...config, ...this.#parameters.values },
      registry,
      options.profileRules,
    );
    const massOutage = new MassOutage(config.massOutage, saved, save);
    const reminders = new Reminders({ settings: config.reminders, nowMs, saved, save });
    const [queue, silences, thresholds] = [this.#queue, this.#silences, this.#thresholds];
    const shared = { config, registry, queue, silences, thresholds };
    const reporter = new Reporter({
      ...shared,
      reminders,
      flapping: config.flapping,
      newId,
      now: clock.now,
    });
    const components = new ComponentWatch({ ...shared, nowMs, saved, save });
    const single = {
      ...shared,
      silenceOver: (ref: Ref) => reporter.silenceOver(ref),
      add: (body: EventBody, ref?: Ref) => this.#add(body, clock.now(), ref),
    };
    const skews = new SkewReports(single);
    const statuses = new StatusReports({ ...single, flapping: config.flapping });
    const watched = { ...shared, massOutage, reminders, reporter, components, skews, statuses };
    this.#instances = new InstanceStates({ ...watched, logical: this.#logical, onForget });
    this.#parts = {
      ...watched,
      instances: this.#instances,
      add: (body) => this.#add(body),
      pause: () => this.#pause(),
    };
    this.#loop = createEvaluationLoop({
      clock,
      periodMs,
      evaluate: (lagMs) => this.evaluate(lagMs),
    });
    for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
      this.#instances.restore(ref);
    }
  }

  /**
   * Applies a heartbeat with its number in the outbox, in their order. Returns the ref of its
   * instance; undefined when that is not known, for example because all it ever sent is history.
   */
  beat(heartbeat: Heartbeat, seq: number): Ref | undefined {
    const receivedMs = this.#isStarted
      ? this.#logical.now()
      : this.#logical.receivedBefore(heartbeat.receivedAtMs);
    return this.#instances.beat(heartbeat, seq, receivedMs);
  }

  /**
   * Absence after which the sender of a heartbeat is down. With the ref that `beat` returned for it,
   * no name has to be looked up again.
   */
  downMs(heartbeat: Heartbeat, ref?: Ref): number {
    const component =
      ref === undefined
        ? this.#registry.findComponent(heartbeat.name, heartbeat.version)
        : this.#registry.component(ref);
    return this.#instances.downMs(heartbeat, component);
  }

  /** Removes an instance without an alarm. Returns whether it was known. */
  readonly retire = async (identity: Identity, by?: string): Promise<boolean> =>
    (await this.retireAll([identity], by)) === 1;

  /** Removes many in portions, as `retire` does. Returns how many were known. */
  readonly retireAll = async (identities: readonly Identity[], by?: string): Promise<number> => {
    let retired = 0;
    for (let at = 0; at < identities.length; at += retiredTogether) {
      for (const identity of identities.slice(at, at + retiredTogether)) {
        const ref = this.#registry.find(identity);
        if (ref === undefined) continue;
        this.#instances.retire(ref, { cause: 'deleted', ...defined({ by }) });
        retired++;
      }
      await this.#flush();
    }
    return retired;
  };

  readonly thresholds = (ref: Ref): Thresholds => {
    const { lateMs, downMs } = this.#thresholds.ofInstance(ref);
    return { lateSeconds: lateMs / 1_000, downSeconds: downMs / 1_000 };
  };

  readonly thresholdSource = (ref: Ref): ThresholdSource => this.#thresholds.sourceOf(ref);

  /** Seconds since the last heartbeat, blind time not counted. */
  readonly ageSeconds = (ref: Ref): number =>
    Math.max(0, this.#logical.now() - this.#registry.lastHeardMs(ref)) / 1_000;

  /** State of an instance by its absence now, which the next evaluation reports. */
  readonly stateNow = (ref: Ref) => this.#instances.stateAt(ref, this.#logical.now());
  /** What is wrong with an instance that is not ok, as it describes it itself. */
  readonly statusMessage = (ref: Ref): string | undefined => this.#parts.statuses.messageOf(ref);

  parameters(): RuntimeParameterValues {
    return this.#parameters.values;
  }

  async patchParameters(
    patch: ParameterPatch,
    by?: string,
  ): Promise<{ readonly kind: 'changed' } | InvalidParameters> {
    this.#logical.advance(this.#options.isRejecting());
    const outcome = this.#parameters.patch(patch, by);
    if (outcome.kind === 'invalid') return outcome;
    if (outcome.event) {
      this.#add(outcome.event);
      this.#thresholds.changeDefaults({ ...this.#options.config, ...this.#parameters.values });
      this.#instances.rescheduleAll();
      this.#loop.replan();
    }
    await this.#flush();
    return { kind: 'changed' };
  }

  async changeProfiles({ rules, settings, event }: ProfileChange): Promise<void> {
    this.#thresholds.changeProfiles(rules);
    this.#instances.rescheduleAll();
    await this.record(event, settings);
  }

  /** Logs an event of another room, and saves what that room keeps, in one commit. */
  readonly record = async (
    event: EventBody | undefined,
    settings: Iterable<readonly [string, string | undefined]> = [],
  ): Promise<void> => {
    for (const [key, value] of settings) this.#queue.set(key, value);
    if (event) this.#add(event);
    await this.#flush();
  };

  /** Saves everything: rows in portions, the rest with the cursor in the last commit. */
  async checkpoint(): Promise<void> {
    const failure = await this.#queue.checkpoint();
    if (failure) throw failure;
  }

  start(): void {
    this.#isStarted = true;
    this.#logical.resume();
    this.#evaluatedAtMs = this.#options.clock.monotonic();
    this.#ranAtMs = this.#evaluatedAtMs;
    this.#loop.start();
  }

  /** Ends the evaluations, and makes a last checkpoint. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.checkpoint();
  }

  status(): EvaluatorStatus {
    return {
      logicalMs: this.#logical.now(),
      blindMs: this.#logical.blindMs(),
      ...this.#last,
      ageMs: this.#options.clock.monotonic() - this.#evaluatedAtMs,
      ranAgeMs: this.#options.clock.monotonic() - this.#ranAtMs,
      waitingEvents: this.#queue.events,
      deferred: this.#parts.reporter.deferredCount,
      flapping: this.#parts.reporter.flappingCount,
      notOk: this.#parts.statuses.notOk,
      isMassOutage: this.#parts.massOutage.isUnderWay,
    };
  }

  /** One evaluation, as `start` makes them. */
  async evaluate(lagMs = 0): Promise<void> {
    const { clock, isRejecting, onEvaluated } = this.#options;
    const beganMs = clock.monotonic();
    const wasRejecting = isRejecting();
    this.#logical.advance(wasRejecting);
    if (!wasRejecting) await evaluate(this.#parts, this.#logical.now());
    this.#instances.rescheduleSome();
    this.#queue.set(...this.#logical.save(false));
    this.#ranAtMs = beganMs;
    this.#last = { durationMs: clock.monotonic() - beganMs, lagMs };
    void this.#queue.flush().then((failure) => {
      if (failure) return;
      this.#evaluatedAtMs = Math.max(this.#evaluatedAtMs, beganMs);
      onEvaluated(wasRejecting);
    });
  }

  /** Lets other work run. An evaluation that takes long is no stall: heartbeats are received. */
  async #pause(): Promise<void> {
    await setImmediate();
    this.#logical.advance(this.#options.isRejecting());
  }

  #add(body: EventBody, atMs = this.#options.clock.now(), ref?: Ref): void {
    this.#queue.add({ id: this.#options.newId(atMs), atMs, ...body }, ref);
  }

  async #flush(): Promise<void> {
    const failure = await this.#queue.flush();
    if (failure) throw failure;
  }
}
