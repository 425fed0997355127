import { type InstanceState, instanceStates } from '../../contract/instance.ts';
import { isAbsent } from '../absence.ts';

/*
 * The decision to report: one pure function for instances and one for components. Everything that
 * keeps an event back is a named reason here.
 *
 * An instance has two states: the one it is in, and the one that was last reported. An event is on
 * disk together with the row in which the two agree. Where they differ, a report is missing; a
 * deferred report therefore needs no list, survives a crash, and is one event when it is made at
 * last: what the instance is by then.
 */

/** What was last reported of an instance. It is kept in the flags of its row. */
export type Reported = {
  readonly state: InstanceState;
  readonly isFlapping: boolean;
  /** Recipients were notified of something that is not over: its end has to reach them too. */
  readonly isNotified: boolean;
  /** The last report was silenced, or a silence over the instance has ended since. */
  readonly isSilenced: boolean;
};

const stateBits = 0b00011;
const flappingBit = 0b00100;
const unnotifiedBit = 0b01000;
const silencedBit = 0b10000;

/** The flags of an instance of which nothing was reported: an unknown instance counts as retired. */
export const unreportedFlags = instanceStates.indexOf('retired');

export function readReported(flags: number): Reported {
  const state = instanceStates[flags & stateBits] ?? 'retired';
  const isFlapping = (flags & flappingBit) !== 0;
  return {
    state,
    isFlapping,
    isNotified: (isFlapping || isAbsent(state)) && (flags & unnotifiedBit) === 0,
    isSilenced: (flags & silencedBit) !== 0,
  };
}

export const markSilenced = (flags: number): number => flags | silencedBit;

/** The flags after a report of `state`. */
export function flagsAfter(
  before: Reported,
  state: InstanceState,
  { isFlapping, isSilenced }: Pick<Reported, 'isFlapping' | 'isSilenced'>,
): number {
  const flags = instanceStates.indexOf(state) | (isFlapping ? flappingBit : 0);
  const isOpen = isFlapping || isAbsent(state);
  if (!isOpen || !isSilenced) return flags;
  return flags | silencedBit | (before.isNotified ? 0 : unnotifiedBit);
}

/** What can be reported of an instance. */
export type News = Change | 'flapping' | 'calm' | 'still_down' | 'reminder';
type Change = 'started' | 'late' | 'down' | 'recovered' | 'retired';

/** The change from the state that was reported; an unknown instance counts as retired. */
export function changeKind(reported: InstanceState, state: InstanceState): Change | undefined {
  if (reported === state) return undefined;
  if (state !== 'up') return state;
  return reported === 'retired' ? 'started' : 'recovered';
}

/** Conditions that are the same for all. */
export type ReportConditions = {
  /** A mass outage is under way, suspected, or not assessed yet. */
  readonly isMassOutagePossible: boolean;
  /** So many events wait for the store that no more should be made. */
  readonly isQueueFull: boolean;
};

export type InstanceFacts = {
  readonly state: InstanceState;
  readonly reported: Reported;
  readonly flapping: 'no' | 'begins' | 'continues' | 'ends';
  readonly isReminderDue: boolean;
  /** Id of the silence that covers the instance; a function, because matching costs. */
  readonly silence: () => string | undefined;
};

export type Decision<N = News> =
  /** `silencedBy`: the event is logged, and notified to no recipient who did not request that. */
  | { readonly kind: 'report'; readonly news: N; readonly silencedBy: string | undefined }
  | { readonly kind: 'deferred'; readonly reason: DeferralReason };

type DeferralReason =
  /** Everything is reported. */
  | 'unchanged'
  /** The instance is flapping: its state is reported when it is calm. */
  | 'flapping'
  | 'mass-outage'
  | 'queue-full'
  /** It was reported before, and is repeated when no silence covers it any more. */
  | 'silence'
  /** A component may recover by itself within the grace period. */
  | 'grace';

/** Decides whether something is reported of an instance now, and what. */
export function decide(facts: InstanceFacts, conditions: ReportConditions): Decision {
  const { state, reported, flapping } = facts;
  const news = newsOf(facts);
  if (news === undefined) return deferred(flapping === 'continues' ? 'flapping' : 'unchanged');
  // The beginning and the end of flapping are transitions of their own that no row remembers.
  const isTransition = flapping === 'begins' || flapping === 'ends';
  const isRepetition = !isTransition && !isChange(news);
  const hold = isTransition ? undefined : holdReason(conditions, isRepetition || isAbsent(state));
  if (hold) return deferred(hold);
  const silencedBy = reported.isNotified && closing.has(news) ? undefined : facts.silence();
  if (isRepetition && silencedBy !== undefined) return deferred('silence');
  return { kind: 'report', news, silencedBy };
}

function newsOf({ state, reported, flapping, isReminderDue }: InstanceFacts): News | undefined {
  switch (flapping) {
    case 'begins':
      return 'flapping';
    case 'ends':
      return 'calm';
    case 'continues':
      return reported.isSilenced ? 'flapping' : undefined;
    case 'no': {
      const change = changeKind(reported.state, state);
      if (change !== undefined || state !== 'down') return change;
      if (reported.isSilenced) return 'still_down';
      return isReminderDue ? 'reminder' : undefined;
    }
  }
}

const isChange = (news: News): boolean =>
  news !== 'flapping' && news !== 'still_down' && news !== 'reminder';

/** What ends something that recipients were notified of is notified too. */
const closing: ReadonlySet<News> = new Set(['recovered', 'retired', 'calm']);

/** The reason that defers all reports of absences, or, with `isAbsence` false, all other ones. */
export function holdReason(
  { isMassOutagePossible, isQueueFull }: ReportConditions,
  isAbsence = true,
): 'mass-outage' | 'queue-full' | undefined {
  if (isMassOutagePossible && isAbsence) return 'mass-outage';
  return isQueueFull ? 'queue-full' : undefined;
}

export type ComponentFacts = {
  /** The health compared with what was reported; `never_seen`: an expected component is missing. */
  readonly news: 'worse' | 'better' | 'recovered' | 'repeated' | 'never_seen';
  readonly reported: Pick<Reported, 'isNotified' | 'isSilenced'>;
  readonly isInGrace: boolean;
  readonly silence: () => string | undefined;
};

/** Decides whether the health of a component is reported now. */
export function decideComponent(
  { news, reported, isInGrace, silence }: ComponentFacts,
  conditions: ReportConditions,
): Decision<ComponentFacts['news']> {
  const hold = holdReason(conditions);
  if (hold) return deferred(hold);
  if (isInGrace) return deferred('grace');
  if (news === 'repeated' && !reported.isSilenced) return deferred('unchanged');
  const silencedBy = news === 'recovered' && reported.isNotified ? undefined : silence();
  const isRepeatable = news === 'repeated' || news === 'never_seen';
  if (isRepeatable && silencedBy !== undefined) return deferred('silence');
  return { kind: 'report', news, silencedBy };
}

const deferred = (reason: DeferralReason) => ({ kind: 'deferred', reason }) as const;
