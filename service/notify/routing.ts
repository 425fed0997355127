import type { EventKind, LivenessEvent } from '../contract/event.ts';
import { createGlob, matchesAll } from '../contract/values/glob.ts';

/** Conditions for an event: all of them must hold. */
export type Rule = {
  readonly kinds?: readonly EventKind[] | undefined;
  /** Globs. */
  readonly name: string;
  readonly version: string;
};

export type Routing = {
  /** One of the rules must match; without rules every event is delivered. */
  readonly match?: readonly Rule[] | undefined;
  /** Whether silenced events are delivered. */
  readonly silenced: boolean;
};

/** Kinds of events that replace events of any component, so they match all names and versions. */
const ofAllKinds: ReadonlySet<EventKind> = new Set(['mass_outage', 'mass_outage.ended']);
const isOfAll = ({ kind, subject }: LivenessEvent): boolean =>
  ofAllKinds.has(kind) || (kind === 'still_down' && subject === undefined);

type Condition = (event: LivenessEvent) => boolean;

/** Returns which events are delivered to a notifier; `ends` as in `Notifier`. */
export function createRouting(
  { match, silenced }: Routing,
  ends: Condition = () => false,
): Condition {
  const rules = match?.map((rule) => createRule(rule, ends));
  return (event) =>
    (silenced || event.silencedBy === undefined || ends(event)) &&
    (rules === undefined || rules.some((matches) => matches(event)));
}

function createRule({ kinds, name, version }: Rule, ends: Condition): Condition {
  const isName = createGlob(name);
  const isVersion = createGlob(version);
  const isOfAny = matchesAll(name) && matchesAll(version);
  return (event) => {
    const { kind, subject } = event;
    if (kinds && !kinds.includes(kind) && !ends(event)) return false;
    if (isOfAny || isOfAll(event)) return true;
    return subject !== undefined && isName(subject.name) && isVersion(subject.version);
  };
}
