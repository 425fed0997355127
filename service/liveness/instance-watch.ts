import type { LivenessConfig } from '../config/sections/liveness.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { InstanceState } from '../contract/instance.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import type { ActiveSilences } from '../silences/active-silences.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { ComponentWatch } from './components/watch.ts';
import type { LogicalClock } from './logical-clock.ts';
import type { Retirement } from './reporting/instance-event.ts';
import type { MassOutage } from './reporting/mass-outage.ts';
import type { Reminders } from './reporting/reminders.ts';
import { untold } from './reporting/report-flags.ts';
import type { Reporter } from './reporting/reporter.ts';
import { judge, type Silence } from './state.ts';
import type { Thresholds } from './thresholds.ts';

/** What heartbeats and silence do to single instances. */
export type InstanceWatch = {
  /** A heartbeat that was heard at a logical time. The ref of its instance, if that is known. */
  beat(heartbeat: Heartbeat, seq: number, heardMs: number): Ref | undefined;
  retire(ref: Ref, retirement: Retirement): void;
  /** Its deadline has passed, or may have. */
  judge(ref: Ref, nowMs: number): void;
  /** It is there since before our start: sets its deadline, and takes up what is owed of it. */
  restore(ref: Ref): void;
  /** Sets its deadline anew: the thresholds have changed. */
  reschedule(ref: Ref): void;
};

export function createInstanceWatch(parts: {
  config: LivenessConfig;
  registry: Registry;
  thresholds: Thresholds;
  logical: LogicalClock;
  queue: ChangeQueue;
  reporter: Reporter;
  massOutage: MassOutage;
  silences: Pick<ActiveSilences, 'coveredBy' | 'isHolding'>;
  reminders: Reminders;
  components: ComponentWatch;
  /** Called before an instance is forgotten, while its ref is still valid. */
  onForget: (ref: Ref) => void;
}): InstanceWatch {
  const { config, registry, thresholds, logical, queue, reporter, massOutage } = parts;
  const { silences, reminders, components } = parts;
  const maxAgeMs = config.maxAgeSeconds * 1_000;
  const retireAfterMs = config.retireAfterSeconds * 1_000;
  // Lets the wheel of deadlines stand where time does, before anybody has one.
  registry.takeDue(logical.now(), 0);

  const thresholdsOf = (ref: Ref) =>
    thresholds.of(registry.component(ref), registry.intervalSeconds(ref));

  const silenceOf = (ref: Ref): Silence => ({
    state: registry.state(ref),
    lastHeardMs: registry.lastHeardMs(ref),
    thresholds: thresholdsOf(ref),
    firstReturnMs: logical.firstReturn(registry.lastHeardMs(ref)),
    retireAfterMs,
  });

  /**
   * Late by so much that it says nothing about now. When our own clock was set forward, all that
   * is sent looks late by as much, and is not.
   */
  function isHistory({ timestampMs, receivedAtMs }: Heartbeat, downMs: () => number): boolean {
    const ageMs = receivedAtMs - timestampMs;
    if (ageMs <= maxAgeMs || ageMs <= downMs()) return false;
    const trueAgeMs = ageMs - logical.setForwardMs();
    return trueAgeMs > maxAgeMs && trueAgeMs > downMs();
  }

  /** Whom nobody wants to hear of makes no mass outage. */
  const isCovered = (ref: Ref): boolean =>
    silences.isHolding && silences.coveredBy(registry.identity(ref)) !== undefined;

  const isMirrored = (ref: Ref): boolean => thresholds.isMirrored(registry.component(ref));

  /** From when on it has been down; what our blind time may have added to it is not counted. */
  const downMsOf = (ref: Ref): number => registry.lastHeardMs(ref) + thresholdsOf(ref).downMs;

  /** Everything that follows from a change of state; `atMs` is epoch milliseconds. */
  function enter(
    ref: Ref,
    state: InstanceState,
    atMs: number,
    silentMs: number,
    retirement?: Retirement,
  ): void {
    const before = registry.state(ref);
    const isSilence = state === 'late' || state === 'down';
    registry.setState(ref, state, atMs);
    const nowMs = logical.now();
    const isSingle = isMirrored(ref);
    if (isSilence && before === 'up' && !isSingle && !isCovered(ref)) massOutage.fell(ref, nowMs);
    if (!isSilence) massOutage.rose(ref);
    if (components.changed(ref, state === 'down')) queue.touch(ref);
    const how = { nowMs, atMs, silentMs, isSingle, ...(retirement ? { retirement } : {}) };
    if (isSilence && !isSingle) reporter.fell(ref, how);
    else reporter.changed(ref, how);
  }

  function first(heartbeat: Heartbeat, seq: number, heardMs: number): Ref | undefined {
    const { name, version, instance, receivedAtMs, intervalSeconds = 0 } = heartbeat;
    components.saw(heartbeat);
    if (isHistory(heartbeat, () => thresholds.ofAny(heartbeat, intervalSeconds).downMs)) {
      return undefined;
    }
    const isGoodbye = heartbeat.status === 'stopping';
    const ref = registry.add({
      name,
      version,
      instance,
      id: seq,
      state: isGoodbye ? 'retired' : 'up',
      stateSinceMs: isGoodbye ? saidMs(heartbeat) : receivedAtMs,
      firstSeenMs: receivedAtMs,
      receivedAtMs,
      lastHeardMs: heardMs,
      intervalSeconds,
      lastSeq: seq,
      flags: untold,
    });
    if (isGoodbye) {
      // Nothing to tell. But what was sent before, and comes after, is to be known for that.
      registry.schedule(ref, heardMs + retireAfterMs);
      return ref;
    }
    registry.schedule(ref, heardMs + thresholdsOf(ref).lateMs);
    if (components.changed(ref, false)) queue.touch(ref);
    reporter.changed(ref, { nowMs: heardMs, atMs: receivedAtMs, silentMs: 0, isNew: true });
    return ref;
  }

  function goodbye(ref: Ref, heartbeat: Heartbeat, heardMs: number): void {
    registry.schedule(ref, heardMs + retireAfterMs);
    if (registry.state(ref) === 'retired') return;
    enter(ref, 'retired', saidMs(heartbeat), 0, { cause: 'goodbye' });
  }

  function forget(ref: Ref, nowMs: number): void {
    const component = registry.component(ref);
    const { name, version } = registry.componentOf(component);
    const silentMs = nowMs - registry.lastHeardMs(ref);
    registry.setState(ref, 'retired', logical.wallOf(nowMs));
    massOutage.rose(ref);
    components.changed(ref, false);
    const atMs = registry.stateSinceMs(ref);
    reporter.forget(ref, { nowMs, atMs, silentMs, retirement: { cause: 'forgotten' } });
    queue.remove(ref, registry.id(ref));
    parts.onForget(ref);
    registry.remove(ref);
    if (registry.findComponent(name, version) === undefined) thresholds.forget(component);
  }

  function reschedule(ref: Ref): void {
    const judgement = judge(silenceOf(ref), Number.NEGATIVE_INFINITY);
    if (judgement.kind !== 'known') return;
    const isDown = registry.state(ref) === 'down';
    const reminderMs = isDown ? reminders.nextMs(downMsOf(ref)) : Number.POSITIVE_INFINITY;
    registry.schedule(ref, Math.min(judgement.nextMs, reminderMs));
  }

  return {
    beat(heartbeat, seq, heard) {
      const ref = registry.find(heartbeat);
      if (ref === undefined) return first(heartbeat, seq, heard);
      const { receivedAtMs, timestampMs, intervalSeconds = 0 } = heartbeat;
      const downMs = () => thresholds.of(registry.component(ref), intervalSeconds).downMs;
      if (seq <= registry.lastSeq(ref) || isHistory(heartbeat, downMs)) return ref;
      const state = registry.state(ref);
      if (state === 'retired' && timestampMs < registry.stateSinceMs(ref)) return ref;

      const before = registry.lastHeardMs(ref);
      const heardMs = Math.max(before, heard);
      registry.touch(ref, heardMs, receivedAtMs, seq);
      if (heartbeat.status === 'stopping') {
        goodbye(ref, heartbeat, heardMs);
        return ref;
      }
      if (registry.intervalSeconds(ref) !== intervalSeconds) {
        registry.setIntervalSeconds(ref, intervalSeconds);
      }
      registry.schedule(ref, heardMs + thresholdsOf(ref).lateMs);
      if (state !== 'up') enter(ref, 'up', receivedAtMs, heardMs - before);
      return ref;
    },

    retire(ref, retirement) {
      if (registry.state(ref) === 'retired') return;
      const nowMs = logical.now();
      const silentMs = nowMs - registry.lastHeardMs(ref);
      enter(ref, 'retired', logical.wallOf(nowMs), silentMs, retirement);
      reschedule(ref);
    },

    judge(ref, nowMs) {
      const judgement = judge(silenceOf(ref), nowMs);
      if (judgement.kind === 'forgotten') {
        forget(ref, nowMs);
        return;
      }
      const isDown = judgement.state === 'down';
      const reminderMs = isDown
        ? reminders.followingMs(downMsOf(ref), nowMs)
        : Number.POSITIVE_INFINITY;
      registry.schedule(ref, Math.min(judgement.nextMs, reminderMs));
      if (judgement.sinceMs === undefined) {
        if (isDown) reminders.note(ref);
        return;
      }
      const silentMs = nowMs - registry.lastHeardMs(ref);
      enter(ref, judgement.state, logical.wallOf(judgement.sinceMs), silentMs);
    },

    restore(ref) {
      const nowMs = logical.now();
      const state = registry.state(ref);
      const isSilent = state === 'late' || state === 'down';
      if (reporter.restore(ref, nowMs) && isSilent) {
        if (!isCovered(ref) && !isMirrored(ref)) massOutage.restore(ref, nowMs);
        components.changed(ref, state === 'down');
      }
      reschedule(ref);
    },
    reschedule,
  };
}

/** From when a goodbye counts: what was sent before, and comes after, does not bring anybody back. */
const saidMs = ({ timestampMs, receivedAtMs }: Heartbeat): number =>
  Math.min(timestampMs, receivedAtMs);
