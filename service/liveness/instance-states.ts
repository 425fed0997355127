import type { LivenessConfig } from '../config/sections/liveness.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { InstanceState } from '../contract/instance.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import { type Absence, deadlineMs, evaluateAbsence, isAbsent } from './absence.ts';
import type { ChangeQueue } from './change-queue.ts';
import { HeartbeatHistory } from './clocks/history.ts';
import type { SkewReports } from './clocks/skew-reports.ts';
import type { ComponentWatch } from './components/component-watch.ts';
import type { LogicalClock } from './logical-clock.ts';
import { unreportedFlags } from './reporting/decision.ts';
import type { Retirement } from './reporting/events.ts';
import type { MassOutage } from './reporting/mass-outage.ts';
import type { Reminders } from './reporting/reminders.ts';
import type { Reporter } from './reporting/reporter.ts';
import type { StatusReports } from './reporting/status-reports.ts';
import type { ThresholdTable } from './thresholds.ts';

/** What the states of instances act on. */
type Parts = {
  readonly config: LivenessConfig;
  readonly registry: Registry;
  readonly thresholds: ThresholdTable;
  readonly logical: LogicalClock;
  readonly queue: ChangeQueue;
  readonly reporter: Reporter;
  readonly massOutage: MassOutage;
  readonly reminders: Reminders;
  readonly components: ComponentWatch;
  readonly skews: SkewReports;
  readonly statuses: StatusReports;
  /** Called before an instance is forgotten, while its ref is still valid. */
  readonly onForget: (ref: Ref) => void;
};

/** Instances visited in one step after thresholds were changed: a million take a while. */
const rescheduleStep = 20_000;

/** Changes the states of single instances, for heartbeats and for absence. */
export class InstanceStates {
  readonly #parts: Parts;
  readonly #registry: Registry;
  readonly #thresholds: ThresholdTable;
  readonly #logical: LogicalClock;
  readonly #history: HeartbeatHistory;
  readonly #retireAfterMs: number;
  /** The last instance that was rescheduled, while that is under way. */
  #rescheduled: Ref | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#registry = parts.registry;
    this.#thresholds = parts.thresholds;
    this.#logical = parts.logical;
    this.#history = new HeartbeatHistory({
      registry: parts.registry,
      maxAgeMs: parts.config.maxAgeSeconds * 1_000,
      setForwardMs: () => parts.logical.setForwardMs(),
      onSkewed: (ref) => parts.skews.add(ref),
    });
    this.#retireAfterMs = parts.config.retireAfterSeconds * 1_000;
    // Moves the timing wheel to the present before any instance has a deadline.
    this.#registry.takeDue(this.#logical.now(), 0);
  }

  /** Applies a heartbeat that was received at a logical time. Returns the ref of a known instance. */
  beat(heartbeat: Heartbeat, seq: number, receivedMs: number): Ref | undefined {
    const registry = this.#registry;
    const ref = registry.find(heartbeat);
    if (ref === undefined) return this.#first(heartbeat, seq, receivedMs);
    if (seq <= registry.lastSeq(ref)) return ref;
    const clock = this.#history.judge(ref, heartbeat, (component) =>
      this.downMs(heartbeat, component),
    );
    if (clock !== 'live') {
      if (registry.state(ref) === 'up') this.#deferLate(ref, clock === 'suspect', receivedMs);
      return ref;
    }
    const { receivedAtMs, intervalSeconds = 0 } = heartbeat;
    const state = registry.state(ref);
    const sentMs = sentAtMs(heartbeat, registry.clockOffsetMs(ref));
    if (state === 'retired' && sentMs < registry.stateSinceMs(ref)) return ref;

    const before = registry.lastHeardMs(ref);
    const lastHeartbeatMs = Math.max(before, receivedMs);
    registry.touch(ref, lastHeartbeatMs, receivedAtMs, seq);
    this.#noteSenderTime(ref, heartbeat);
    if (heartbeat.status === 'stopping') {
      registry.schedule(ref, lastHeartbeatMs + this.#retireAfterMs);
      if (state === 'retired') return ref;
      this.#enter(ref, 'retired', sentMs, 0, { cause: 'stopping' });
      return ref;
    }
    if (registry.intervalSeconds(ref) !== intervalSeconds) {
      registry.setIntervalSeconds(ref, intervalSeconds);
    }
    registry.schedule(ref, lastHeartbeatMs + this.#thresholds.ofInstance(ref).lateMs);
    if (state !== 'up') this.#enter(ref, 'up', receivedAtMs, lastHeartbeatMs - before);
    this.#parts.statuses.received(ref, heartbeat, receivedMs);
    return ref;
  }

  /** Absence after which the sender of a heartbeat is down. The component's index saves look-ups. */
  downMs(heartbeat: Heartbeat, component: number | undefined): number {
    const { intervalSeconds = 0 } = heartbeat;
    return component === undefined
      ? this.#thresholds.ofAny(heartbeat, intervalSeconds).downMs
      : this.#thresholds.of(component, intervalSeconds).downMs;
  }

  /** Removes an instance without an alarm. */
  retire(ref: Ref, retirement: Retirement): void {
    if (this.#registry.state(ref) === 'retired') return;
    const nowMs = this.#logical.now();
    const absentMs = nowMs - this.#registry.lastHeardMs(ref);
    this.#enter(ref, 'retired', this.#logical.wallOf(nowMs), absentMs, retirement);
    this.#reschedule(ref);
  }

  /** Evaluates an instance whose deadline has passed, or may have. */
  evaluate(ref: Ref, nowMs: number): void {
    const { reminders } = this.#parts;
    const evaluated = evaluateAbsence(this.#absenceOf(ref), nowMs);
    if (evaluated.kind === 'forgotten') {
      this.#forget(ref, nowMs);
      return;
    }
    const isDown = evaluated.state === 'down';
    const reminderMs = isDown ? reminders.followingMs(this.#downSinceMs(ref), nowMs) : never;
    this.#registry.schedule(ref, Math.min(evaluated.nextMs, reminderMs));
    if (evaluated.sinceMs === undefined) {
      if (isDown) reminders.note(ref);
      return;
    }
    const absentMs = nowMs - this.#registry.lastHeardMs(ref);
    this.#enter(ref, evaluated.state, this.#logical.wallOf(evaluated.sinceMs), absentMs);
  }

  stateAt(ref: Ref, nowMs: number): InstanceState {
    const evaluated = evaluateAbsence(this.#absenceOf(ref), nowMs);
    return evaluated.kind === 'known' ? evaluated.state : 'retired';
  }

  /** Restores an instance that was known before the start: its deadline, and missing reports. */
  restore(ref: Ref): void {
    const { reporter, massOutage, components, statuses } = this.#parts;
    const nowMs = this.#logical.now();
    const state = this.#registry.state(ref);
    statuses.restore(ref);
    if (reporter.restore(ref, nowMs) && isAbsent(state)) {
      if (this.#countsForMassOutage(ref)) massOutage.restore(ref, nowMs);
      components.changed(ref, state === 'down');
    }
    this.#reschedule(ref);
  }

  /** Begins to set all deadlines anew, because thresholds have changed: some at each `step`. */
  rescheduleAll(): void {
    this.#rescheduled = -1;
  }

  rescheduleSome(): void {
    for (let count = 0; this.#rescheduled !== undefined && count < rescheduleStep; count++) {
      this.#rescheduled = this.#registry.next(this.#rescheduled);
      if (this.#rescheduled !== undefined) this.#reschedule(this.#rescheduled);
    }
  }

  #first(heartbeat: Heartbeat, seq: number, receivedMs: number): Ref | undefined {
    const { reporter, components, queue } = this.#parts;
    const { name, version, instance, receivedAtMs, intervalSeconds = 0 } = heartbeat;
    components.received(heartbeat);
    const clockOffsetMs = this.#history.judgeUnknown(heartbeat, () =>
      this.downMs(heartbeat, undefined),
    );
    if (clockOffsetMs === undefined) return undefined;
    const isStopping = heartbeat.status === 'stopping';
    const ref = this.#registry.add({
      name,
      version,
      instance,
      id: seq,
      state: isStopping ? 'retired' : 'up',
      stateSinceMs: isStopping ? sentAtMs(heartbeat, clockOffsetMs) : receivedAtMs,
      firstSeenMs: receivedAtMs,
      receivedAtMs,
      lastHeardMs: receivedMs,
      intervalSeconds,
      lastSeq: seq,
      flags: unreportedFlags,
      clockOffsetMs,
    });
    this.#noteSenderTime(ref, heartbeat);
    if (clockOffsetMs !== 0) this.#parts.skews.add(ref);
    if (isStopping) {
      // There is nothing to report. The row lets heartbeats that were sent before be recognized.
      this.#registry.schedule(ref, receivedMs + this.#retireAfterMs);
      return ref;
    }
    this.#registry.schedule(ref, receivedMs + this.#thresholds.ofInstance(ref).lateMs);
    if (components.changed(ref, false)) queue.touch(ref);
    reporter.changed(ref, { nowMs: receivedMs, absentMs: 0, isNew: true });
    this.#parts.statuses.received(ref, heartbeat, receivedMs);
    return ref;
  }

  #noteSenderTime(ref: Ref, heartbeat: Heartbeat): void {
    const text = this.#thresholds.senderTimeOf(this.#registry.component(ref), heartbeat);
    if (text !== undefined) this.#registry.setSenderTime(ref, text);
  }

  /**
   * The clock of a sender may have been set back: an old heartbeat that came alone is the first of
   * two that decide. Until then the instance is not late, but down when it would be.
   */
  #deferLate(ref: Ref, isSuspect: boolean, receivedMs: number): void {
    if (!isSuspect) {
      this.#reschedule(ref);
      return;
    }
    const { lateMs, downMs } = this.#thresholds.ofInstance(ref);
    const heardMs = this.#registry.lastHeardMs(ref);
    const downAtMs = deadlineMs(heardMs, downMs, this.#logical.firstReturn(heardMs));
    this.#registry.schedule(ref, Math.min(receivedMs + lateMs, downAtMs));
  }

  /** Everything that follows from a change of state; `atMs` is epoch milliseconds. */
  #enter(
    ref: Ref,
    state: InstanceState,
    atMs: number,
    absentMs: number,
    retirement?: Retirement,
  ): void {
    const { reporter, massOutage, components, queue } = this.#parts;
    const wasUp = this.#registry.state(ref) === 'up';
    this.#registry.setState(ref, state, atMs);
    if (state === 'retired') this.#parts.statuses.ended(ref);
    const nowMs = this.#logical.now();
    const isEach = this.#isEachReported(ref);
    if (!isAbsent(state)) massOutage.returned(ref);
    else if (wasUp && this.#countsForMassOutage(ref)) massOutage.becameAbsent(ref, nowMs);
    if (components.changed(ref, state === 'down')) queue.touch(ref);
    reporter.changed(ref, { nowMs, absentMs, isEach, ...(retirement ? { retirement } : {}) });
  }

  #forget(ref: Ref, nowMs: number): void {
    const { reporter, massOutage, components, queue, onForget } = this.#parts;
    const registry = this.#registry;
    const component = registry.component(ref);
    const { name, version } = registry.componentOf(component);
    const absentMs = nowMs - registry.lastHeardMs(ref);
    registry.setState(ref, 'retired', this.#logical.wallOf(nowMs));
    massOutage.returned(ref);
    this.#parts.statuses.ended(ref);
    components.changed(ref, false);
    reporter.forget(ref, { nowMs, absentMs, retirement: { cause: 'forgotten' } });
    queue.remove(ref, registry.id(ref));
    onForget(ref);
    registry.remove(ref);
    if (registry.findComponent(name, version) === undefined) this.#thresholds.forget(component);
  }

  #reschedule(ref: Ref): void {
    const evaluated = evaluateAbsence(this.#absenceOf(ref), Number.NEGATIVE_INFINITY);
    if (evaluated.kind !== 'known') return;
    const isDown = this.#registry.state(ref) === 'down';
    const reminderMs = isDown ? this.#parts.reminders.nextMs(this.#downSinceMs(ref)) : never;
    this.#registry.schedule(ref, Math.min(evaluated.nextMs, reminderMs));
  }

  #absenceOf(ref: Ref): Absence {
    const lastHeartbeatMs = this.#registry.lastHeardMs(ref);
    return {
      state: this.#registry.state(ref),
      lastHeartbeatMs,
      thresholds: this.#thresholds.ofInstance(ref),
      firstReturnMs: this.#logical.firstReturn(lastHeartbeatMs),
      retireAfterMs: this.#retireAfterMs,
    };
  }

  #isEachReported(ref: Ref): boolean {
    return this.#thresholds.isEachReported(this.#registry.component(ref));
  }

  /** An instance whose events are suppressed or reported one by one makes no mass outage. */
  #countsForMassOutage(ref: Ref): boolean {
    return !this.#isEachReported(ref) && this.#parts.reporter.silenceOver(ref) === undefined;
  }

  /** Since when the instance is down; what blind time may have added is not counted. */
  #downSinceMs(ref: Ref): number {
    return this.#registry.lastHeardMs(ref) + this.#thresholds.ofInstance(ref).downMs;
  }
}

const never = Number.POSITIVE_INFINITY;

/**
 * Time at which a heartbeat was sent, by the service's clock. One that was sent before an instance
 * stopped does not revive it.
 */
const sentAtMs = ({ timestampMs, receivedAtMs }: Heartbeat, clockOffsetMs: number): number =>
  Math.min(timestampMs + Math.max(clockOffsetMs, 0), receivedAtMs);
