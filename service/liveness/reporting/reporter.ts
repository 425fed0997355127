import type { LivenessEvent } from '../../contract/event.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { ActiveSilences } from '../../silences/active-silences.ts';
import type { ChangeQueue } from '../change-queue.ts';
import type { ThresholdTable } from '../thresholds.ts';
import {
  type Decision,
  decide,
  flagsAfter,
  holdReason,
  type InstanceFacts,
  markSilenced,
  type News,
  type ReportConditions,
  type Reported,
  readReported,
} from './decision.ts';
import { instanceEvent, type Retirement } from './events.ts';
import { Flapping } from './flapping.ts';
import { RefQueue } from './ref-queue.ts';
import type { Reminders } from './reminders.ts';
import { statusFlags } from './status-reports.ts';

/** A change of the state of an instance, as far as its row does not have it. */
type StateChange = {
  /** Logical time. */
  readonly nowMs: number;
  readonly absentMs: number;
  readonly retirement?: Retirement;
  /** The instance was not known before: the change does not count for flapping. */
  readonly isNew?: boolean;
  /** Every change of the instance is reported. */
  readonly isEach?: boolean;
};

type Parts = {
  readonly registry: Registry;
  readonly queue: ChangeQueue;
  readonly silences: ActiveSilences;
  readonly reminders: Reminders;
  readonly flapping: { readonly changes: number; readonly seconds: number };
  readonly thresholds: ThresholdTable;
  readonly newId: (atMs: number) => string;
  /** The wall clock. */
  readonly now: () => number;
};

/** New absences that are reported first; more of them wait behind the earlier ones. */
const maxNewlyAbsent = 2_000;
/** Instances reported before other work may run, and in one evaluation: bounds the size of a commit. */
const slice = 200;
const maxPerEvaluation = 2_000;

/**
 * Reports what has become of instances. `decide` says whether and what; this class collects the
 * facts, makes the events, and remembers which instances are to be decided again.
 */
export class Reporter {
  readonly #parts: Parts;
  readonly #registry: Registry;
  readonly #flapping: Flapping;
  #newlyAbsent: Ref[] = [];
  /** Instances whose report was deferred. */
  readonly #deferred = new RefQueue();
  /** Instances over which a silence has ended. */
  readonly #released = new RefQueue();
  #isMassOutagePossible = true;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#registry = parts.registry;
    this.#flapping = new Flapping(parts.flapping);
  }

  /** Instances of which a report is deferred, and instances that are flapping. */
  get deferredCount(): number {
    return this.#deferred.size;
  }

  get flappingCount(): number {
    return this.#flapping.size;
  }

  get conditions(): ReportConditions {
    return {
      isMassOutagePossible: this.#isMassOutagePossible,
      isQueueFull: this.#parts.queue.isFull,
    };
  }

  /** Whether no absence can be reported now. */
  get isHeld(): boolean {
    return holdReason(this.conditions) !== undefined;
  }

  /** Whether absences are deferred: until a mass outage was assessed, and while there may be one. */
  set isMassOutagePossible(isPossible: boolean) {
    this.#isMassOutagePossible = isPossible;
  }

  /** Id of the silence that covers the instance. */
  silenceOver(ref: Ref): string | undefined {
    if (!this.#parts.silences.hasActive) return undefined;
    return this.#parts.silences.coveredBy(this.#registry.identity(ref));
  }

  /** Some of the instances of which a report is deferred. */
  deferred(limit: number): Ref[] {
    return this.#deferred.first(limit);
  }

  /** The state of an instance has changed. */
  changed(ref: Ref, change: StateChange): void {
    const { nowMs, absentMs, retirement, isNew = false, isEach = false } = change;
    const flapping = isNew || isEach ? 'no' : this.#flapping.change(ref, nowMs);
    const conditions = isEach
      ? { ...this.conditions, isMassOutagePossible: false }
      : this.conditions;
    const decision = decide(this.#factsOf(ref, { flapping }), conditions);
    const isNewlyAbsent = decision.kind === 'deferred' && decision.reason === 'mass-outage';
    if (isNewlyAbsent && this.#newlyAbsent.length < maxNewlyAbsent) this.#newlyAbsent.push(ref);
    else this.#carryOut(ref, decision, absentMs, retirement);
  }

  /**
   * Reports new absences, deferred reports, and instances over which a silence has ended; at most
   * some thousands. What a reason holds back stays deferred.
   */
  async reportWaiting(nowMs: number, pause: () => Promise<void>): Promise<void> {
    for (let done = 0; done < maxPerEvaluation; done += slice) {
      const newlyAbsent = this.#newlyAbsent.splice(0, slice);
      for (const ref of newlyAbsent) this.#report(ref, nowMs);
      if (!this.#reportSome(this.#deferred, nowMs, slice - newlyAbsent.length)) break;
      await pause();
    }
    this.deferNewlyAbsent();
    for (let done = 0; done < maxPerEvaluation; done += slice) {
      if (!this.#reportSome(this.#released, nowMs, slice)) break;
      await pause();
    }
  }

  deferNewlyAbsent(): void {
    for (const ref of this.#newlyAbsent) this.#deferred.add(ref);
    this.#newlyAbsent = [];
  }

  /** Reports instances that have stopped flapping. */
  reportCalm(nowMs: number): void {
    for (const ref of this.#flapping.takeCalm(nowMs))
      this.#report(ref, nowMs, { flapping: 'ends' });
  }

  /**
   * A silence over the instance ends: what is still wrong is to be reported once more. Says whether
   * its row has to be on disk before the silence ends.
   */
  release(ref: Ref): boolean {
    const flags = this.#registry.flags(ref);
    const { state, isFlapping, isSilenced } = readReported(flags);
    const isDown = state === 'down' && this.#registry.state(ref) === 'down' && !isFlapping;
    // Flapping is repeated only if its beginning was silenced: it may go on without end.
    if (!isDown && !(isFlapping && isSilenced)) return false;
    this.#released.add(ref);
    if (isSilenced) return false;
    this.#registry.setFlags(ref, markSilenced(flags));
    return true;
  }

  isReminderDue(ref: Ref): boolean {
    const decision = this.#decide(ref, { isReminderDue: true });
    return decision.kind === 'report' && decision.news === 'reminder';
  }

  remind(ref: Ref, nowMs: number): void {
    this.#report(ref, nowMs, { isReminderDue: true });
  }

  /** The instance was known before the start. Says whether a report of it is missing. */
  restore(ref: Ref, nowMs: number): boolean {
    const { state, isFlapping, isSilenced } = readReported(this.#registry.flags(ref));
    if (isFlapping) this.#flapping.restore(ref, nowMs);
    const isMissing = !isFlapping && state !== this.#registry.state(ref);
    if (isMissing) this.#deferred.add(ref);
    else if (isSilenced) this.#released.add(ref);
    return isMissing;
  }

  /** The instance is about to be forgotten: a report of that cannot be deferred. */
  forget(ref: Ref, { absentMs, retirement }: StateChange): void {
    const conditions = { isMassOutagePossible: false, isQueueFull: false };
    const decision = decide(this.#factsOf(ref, { flapping: 'no' }), conditions);
    if (decision.kind === 'report') {
      this.#parts.queue.add(this.#eventOf(ref, decision, absentMs, retirement));
    }
    this.#flapping.forget(ref);
    this.#deferred.remove(ref);
    this.#released.remove(ref);
    this.#parts.reminders.forget(ref);
  }

  /** Says whether there are more that can be reported. */
  #reportSome(waiting: RefQueue, nowMs: number, limit: number): boolean {
    for (let count = 0; count < limit && !this.isHeld; count++) {
      const ref = waiting.take();
      if (ref === undefined) break;
      this.#report(ref, nowMs);
    }
    return this.#newlyAbsent.length + waiting.size > 0 && !this.isHeld;
  }

  #report(ref: Ref, nowMs: number, facts?: Partial<InstanceFacts>): void {
    this.#carryOut(ref, this.#decide(ref, facts), nowMs - this.#registry.lastHeardMs(ref));
  }

  #decide(ref: Ref, facts?: Partial<InstanceFacts>): Decision {
    return decide(this.#factsOf(ref, facts), this.conditions);
  }

  #factsOf(ref: Ref, facts?: Partial<InstanceFacts>): InstanceFacts {
    const reported = readReported(this.#registry.flags(ref));
    return {
      state: this.#registry.state(ref),
      reported,
      flapping: reported.isFlapping ? 'continues' : 'no',
      isReminderDue: false,
      silence: () => this.silenceOver(ref),
      ...facts,
    };
  }

  #carryOut(ref: Ref, decision: Decision, absentMs: number, retirement?: Retirement): void {
    this.#deferred.remove(ref);
    if (decision.kind === 'deferred') {
      const { reason } = decision;
      if (reason === 'mass-outage' || reason === 'queue-full') this.#deferred.add(ref);
      return;
    }
    const { news, silencedBy } = decision;
    const event = this.#eventOf(ref, decision, absentMs, retirement);
    const before = this.#registry.flags(ref);
    const after = { isFlapping: news === 'flapping', isSilenced: silencedBy !== undefined };
    const flags = flagsAfter(readReported(before), this.#registry.state(ref), after);
    this.#registry.setFlags(ref, flags | (before & statusFlags));
    // The end of a silence and a round of reminders do not both report the instance.
    if (news === 'still_down') this.#parts.reminders.forget(ref);
    this.#parts.queue.add(event, ref);
  }

  #eventOf(
    ref: Ref,
    { news, silencedBy }: Extract<Decision, { kind: 'report' }>,
    absentMs: number,
    retirement: Retirement | undefined,
  ): LivenessEvent {
    const identity = this.#registry.identity(ref);
    const reported = readReported(this.#registry.flags(ref));
    const body = instanceEvent(news, {
      identity,
      state: this.#registry.state(ref),
      previous: reported.state,
      absentMs,
      thresholds: this.#parts.thresholds.ofInstance(ref),
      flapping: this.#parts.flapping,
      retirement,
      senderTime: this.#registry.senderTime(ref),
      endedSilence: news === 'still_down' ? this.#parts.silences.lastEnded(identity) : undefined,
    });
    const atMs = this.#timeOf(ref, news, reported);
    const silenced = silencedBy === undefined ? {} : { silencedBy };
    return { id: this.#parts.newId(atMs), atMs, ...body, ...silenced };
  }

  /** Wall time at which the news became true. */
  #timeOf(ref: Ref, news: News, reported: Reported): number {
    const isRepetition =
      news === 'still_down' || news === 'reminder' || (news === 'flapping' && reported.isFlapping);
    if (isRepetition) return this.#parts.now();
    const calmMs = news === 'calm' ? this.#parts.flapping.seconds * 1_000 : 0;
    return this.#registry.stateSinceMs(ref) + calmMs;
  }
}
