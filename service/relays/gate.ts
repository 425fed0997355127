import type { Identity } from '../contract/instance.ts';

/*
 * The gate of a relay, as a pure function of facts at one time. It is fail-safe by absence: whatever
 * is not known to be right keeps it closed.
 */

/** What is known of one source: its instance that was received the longest time ago. */
export type SourceFact = {
  /** The globs, as `name/version/instance`. */
  readonly pattern: string;
  readonly isCritical: boolean;
  readonly withinMs: number;
  /** Undefined if no instance matches. */
  readonly oldest: SourceInstance | undefined;
};

type SourceInstance = {
  readonly identity: Identity;
  /** Time of its last heartbeat; undefined if none was received since the start of the service. */
  readonly heardMs: number | undefined;
};

export type ConditionFact = {
  readonly name: string;
  /** `unknown` until the first check has succeeded. */
  readonly state: 'reachable' | 'unreachable' | 'unknown';
  readonly detail: string | undefined;
};

type GateFacts = {
  readonly nowMs: number;
  readonly sources: readonly SourceFact[];
  readonly conditions: readonly ConditionFact[];
  readonly isBypassed: boolean;
};

export type Gate = {
  readonly isOpen: boolean;
  /** Why it is closed, or would be without the bypass: one sentence each. */
  readonly reasons: readonly string[];
  /** Critical sources that are missing, as `name/version/instance`. */
  readonly missing: readonly string[];
};

/** Whether a source is fresh at a time: an instance is known, and the oldest one is within its time. */
export const isFresh = ({ oldest, withinMs }: SourceFact, nowMs: number): boolean =>
  oldest?.heardMs !== undefined && nowMs - oldest.heardMs <= withinMs;

export function evaluateGate({ nowMs, sources, conditions, isBypassed }: GateFacts): Gate {
  const stale = sources.filter((source) => source.isCritical && !isFresh(source, nowMs));
  const failing = conditions.filter(({ state }) => state !== 'reachable');
  const reasons = [
    ...stale.map((source) => describeStale(source, nowMs)),
    ...failing.map(describeCondition),
  ];
  return {
    isOpen: isBypassed || reasons.length === 0,
    reasons,
    missing: stale.map(({ oldest, pattern }) => (oldest ? pathOf(oldest.identity) : pattern)),
  };
}

export const pathOf = ({ name, version, instance }: Identity): string =>
  `${name}/${version}/${instance}`;

function describeStale({ pattern, oldest, withinMs }: SourceFact, nowMs: number): string {
  if (oldest === undefined) {
    return `No instance that matches ${pattern} has sent a heartbeat.`;
  }
  const instance = pathOf(oldest.identity);
  if (oldest.heardMs === undefined) {
    return `${instance} has sent no heartbeat since the start of the service.`;
  }
  const seconds = Math.round((nowMs - oldest.heardMs) / 1_000);
  return `The last heartbeat of ${instance} is ${seconds} s old; the limit is ${withinMs / 1_000} s.`;
}

function describeCondition({ name, state, detail }: ConditionFact): string {
  const cause = detail === undefined ? '' : `: ${detail}`;
  return state === 'unknown'
    ? `The condition ${name} has not been met since the start of the service${cause}.`
    : `The condition ${name} is not met${cause}.`;
}
