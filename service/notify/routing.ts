import type { EventKind, LivenessEvent } from '../contract/event.ts';
import { createGlob, matchesAll } from '../contract/values/glob.ts';

/** What a rule asks of an event: all that it says has to hold. */
export type Rule = {
  readonly kinds?: readonly EventKind[] | undefined;
  /** Globs. */
  readonly name: string;
  readonly version: string;
};

export type Routing = {
  /** One of these has to hold; without any rules every event goes. */
  readonly match?: readonly Rule[] | undefined;
  /** Whether events go that a silence keeps from being told. */
  readonly silenced: boolean;
};

/** These stand for events of any component: whoever waits for one of those has to hear of them. */
const ofAll: ReadonlySet<EventKind> = new Set(['mass_outage', 'mass_outage.ended']);
const isOfAll = ({ kind, subject }: LivenessEvent): boolean =>
  ofAll.has(kind) || (kind === 'still_down' && subject === undefined);

type Test = (event: LivenessEvent) => boolean;

/** Tells which events concern a notifier; `ends` as in `Notifier`. */
export function createRouting({ match, silenced }: Routing, ends: Test = () => false): Test {
  const rules = match?.map((rule) => createRule(rule, ends));
  return (event) =>
    (silenced || event.silencedBy === undefined || ends(event)) &&
    (rules === undefined || rules.some((meets) => meets(event)));
}

function createRule({ kinds, name, version }: Rule, ends: Test): Test {
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
