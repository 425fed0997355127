import type { EventBody } from '../../contract/event.ts';
import type { Component, Identity, InstanceState } from '../../contract/instance.ts';
import { formatDuration } from '../../contract/values/duration.ts';
import { type SilenceRecord, titleOf } from '../../silences/silence.ts';
import type { ThresholdsMs } from '../thresholds.ts';
import type { News } from './decision.ts';

/*
 * The events of liveness: what each carries, and its reason, one sentence for people.
 */

/** Why an instance is retired: its emitter said so, a request removed it, or its absence was long. */
export type Retirement = {
  readonly cause: 'stopping' | 'deleted' | 'forgotten';
  /** The caller that removed it. */
  readonly by?: string;
};

/** What the events of an instance carry. */
type InstanceEventFacts = {
  readonly identity: Identity;
  readonly state: InstanceState;
  /** The state that was last reported. */
  readonly previous: InstanceState;
  /** Time since the last heartbeat; of an instance that recovered, between the last two. */
  readonly absentMs: number;
  readonly thresholds: ThresholdsMs;
  readonly flapping: { readonly changes: number; readonly seconds: number };
  readonly retirement?: Retirement | undefined;
  readonly senderTime?: string | undefined;
  /** The silence that has ended, as far as it is still known. */
  readonly endedSilence?: SilenceRecord | undefined;
};

export function instanceEvent(news: News, facts: InstanceEventFacts): EventBody {
  const { identity, state, previous, absentMs, thresholds } = facts;
  const data = dataOf(news, facts);
  return {
    kind: news === 'reminder' ? 'still_down' : news,
    subject: identity,
    state,
    // A new instance was in no state before.
    ...(news === 'started' ? {} : { previous }),
    ageSeconds: Math.round(Math.max(0, absentMs) / 100) / 10,
    thresholds: {
      lateSeconds: thresholds.lateMs / 1_000,
      downSeconds: thresholds.downMs / 1_000,
    },
    reason: reasonOf(news, facts),
    ...(data ? { data } : {}),
  };
}

function dataOf(news: News, facts: InstanceEventFacts): EventBody['data'] {
  const { senderTime } = facts;
  const data = ownDataOf(news, facts);
  return senderTime === undefined ? data : { ...data, senderTime };
}

function ownDataOf(
  news: News,
  { flapping, retirement, endedSilence }: InstanceEventFacts,
): EventBody['data'] {
  switch (news) {
    case 'retired':
      return retirement;
    case 'flapping':
      return flapping;
    case 'calm':
      return { seconds: flapping.seconds };
    case 'still_down':
      return endedSilence && { silence: endedSilence.id };
    default:
      return undefined;
  }
}

function reasonOf(news: News, facts: InstanceEventFacts): string {
  const { absentMs, thresholds, state, flapping, endedSilence } = facts;
  const noHeartbeat = `No heartbeat for ${formatDuration(absentMs)}`;
  const window = formatDuration(flapping.seconds * 1_000);
  switch (news) {
    case 'started':
      return 'First heartbeat received.';
    case 'late':
    case 'down': {
      const limit = formatDuration(news === 'late' ? thresholds.lateMs : thresholds.downMs);
      return `${noHeartbeat}: ${news} after ${limit}.`;
    }
    case 'recovered':
      return `Heartbeat received after ${formatDuration(absentMs)} without one.`;
    case 'retired':
      return retirementReason(noHeartbeat, facts.retirement);
    case 'still_down': {
      const silence = endedSilence
        ? `${titleOf(endedSilence)} (${endedSilence.reason})`
        : 'silence';
      return `${noHeartbeat}: still down, and the ${silence} has ended.`;
    }
    case 'reminder':
      return `${noHeartbeat}: still down.`;
    case 'flapping':
      return `More than ${flapping.changes} changes of state in ${window}: now ${state}; single changes are not reported until the instance is calm.`;
    case 'calm':
      return `No change of state for ${window}: now ${state}.`;
  }
}

function retirementReason(noHeartbeat: string, retirement: Retirement | undefined): string {
  switch (retirement?.cause) {
    case 'deleted':
      return `Removed by ${retirement.by ?? 'a request'}.`;
    case 'forgotten':
      return `${noHeartbeat}: forgotten.`;
    case 'stopping':
    case undefined:
      return 'The instance reported that it is stopping.';
  }
}

/** Most names in one event: what people can still read. */
export const maxNames = 20;

/** The mass outage that lasts, and its counts. */
type MassOutageCounts = {
  readonly beganMs: number;
  /** Instances that were up before it. */
  readonly wereUp: number;
  /** Instances that became absent, and how many of them returned. */
  readonly absent: number;
  readonly returned: number;
};

/** How many instances of a component are absent, and how many are up. */
type ComponentToll = Component & { readonly absent: number; readonly up: number };

export function massOutageEvent(
  { absent, wereUp }: MassOutageCounts,
  tolls: readonly ComponentToll[],
  instances: readonly Identity[],
): EventBody {
  const struck = tolls.filter((toll) => toll.absent > 0);
  const components = struck.toSorted((a, b) => b.absent - a.absent).slice(0, maxNames);
  const percent = Math.round((100 * absent) / wereUp);
  return {
    kind: 'mass_outage',
    subject: undefined,
    reason: `${absent} of ${wereUp} instances (${percent} %) of ${struck.length} components became absent together; single events are deferred until the mass outage ends.`,
    data: {
      absent,
      wereUp,
      components,
      moreComponents: struck.length - components.length,
      instances: instances.slice(0, maxNames),
    },
  };
}

export function massOutageEndedEvent(
  { beganMs, wereUp, absent, returned }: MassOutageCounts,
  nowMs: number,
  stillAbsent: number,
): EventBody {
  const lastedMs = nowMs - beganMs;
  return {
    kind: 'mass_outage.ended',
    subject: undefined,
    reason: `The mass outage ended after ${formatDuration(lastedMs)}: of ${absent} absent instances, ${returned} returned; the others are reported one by one.`,
    data: { absent, returned, wereUp, stillAbsent, lastedSeconds: Math.round(lastedMs / 1_000) },
  };
}

/** Instances of a component that are still down. */
export type DownInstances = {
  readonly component: Component;
  readonly count: number;
  readonly longestMs: number;
};

export function componentReminder(
  { component: { name, version }, count, longestMs }: DownInstances,
  instances: readonly string[],
): EventBody {
  return {
    kind: 'still_down',
    subject: { name, version },
    reason: `${count} instances are still down, the longest without a heartbeat for ${formatDuration(longestMs)}.`,
    data: { down: count, instances, moreInstances: count - instances.length },
  };
}

/** One reminder for all components. */
export function fleetReminder(all: readonly DownInstances[]): EventBody {
  const down = all.reduce((sum, { count }) => sum + count, 0);
  const longestMs = all.reduce((most, one) => Math.max(most, one.longestMs), 0);
  const components = all
    .toSorted((one, other) => other.count - one.count)
    .slice(0, maxNames)
    .map(({ component, count }) => ({ ...component, down: count }));
  return {
    kind: 'still_down',
    subject: undefined,
    reason: `${down} instances of ${all.length} components are still down, the longest without a heartbeat for ${formatDuration(longestMs)}.`,
    data: { down, components, moreComponents: all.length - components.length },
  };
}

/** The health of a component that must have `minInstances` alive. */
export type ComponentHealthFacts = {
  readonly component: Component;
  readonly health: 'well' | 'degraded' | 'down';
  readonly previous: ComponentHealthFacts['health'];
  readonly alive: number;
  readonly known: number;
  readonly minInstances: number;
};

const healthKinds = {
  well: 'component.recovered',
  degraded: 'component.degraded',
  down: 'component.down',
} as const;

export function componentHealthEvent(facts: ComponentHealthFacts): EventBody {
  const { component, health, previous, alive, known, minInstances } = facts;
  const isReplaced = health === 'well' && alive < minInstances;
  const replaced = isReplaced ? '; another version is alive' : '';
  const again = health === previous ? ', and the silence over the component has ended' : '';
  return {
    kind: healthKinds[health],
    subject: { name: component.name, version: component.version },
    reason: `${alive} of ${known} instances alive, ${minInstances} required${again}${replaced}.`,
    data: { health, previous, alive, known, minInstances },
  };
}

/** The subject is the pattern of the rule: there is no component yet. */
export const neverSeenEvent = (pattern: Component, waitedMs: number): EventBody => ({
  kind: 'component.never_seen',
  subject: pattern,
  reason: `Expected, but no heartbeat was received in ${formatDuration(waitedMs)}.`,
  data: { waitedSeconds: Math.round(waitedMs / 1_000) },
});
