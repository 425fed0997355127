import type { EventKind } from '../service/contract/event.ts';
import { type Series, seriesKey } from './fleet/beat.ts';
import type { Account } from './fleet/tally.ts';
import type { Receipts } from './receiver.ts';

/** What the senders remember, compared with what Monasca has. */
export type Verdict = {
  /** Every accepted heartbeat is found, there were some, and there is none that nobody sent. */
  readonly isGood: boolean;
  readonly accepted: number;
  readonly found: number;
  readonly missing: readonly Sighting[];
  /** In Monasca, but never sent. */
  readonly unexpected: readonly Sighting[];
  /** Sent without getting an answer; they may have arrived or not. */
  readonly unanswered: { readonly sent: number; readonly found: number };
  readonly components: readonly ComponentVerdict[];
  readonly deadLetters: number;
};

/** How the demo ended. */
export type Outcome = {
  readonly verdict: Verdict;
  /** Whether the outbox was seen empty at the end. */
  readonly hasDrained: boolean;
  /** How often Monasca was away on purpose, and how many heartbeats waited at the worst moment. */
  readonly outages: number;
  readonly outboxPeak: number;
  /** How many events of each kind the service told; they decide nothing here. */
  readonly told: readonly (readonly [kind: EventKind, count: number])[];
  /** What the receiver got of them. */
  readonly receipts: Receipts;
};

export const isSuccess = ({ verdict, hasDrained, receipts }: Outcome): boolean =>
  verdict.isGood && hasDrained && receipts.missing === 0 && receipts.refused === 0;

export type Sighting = { readonly series: Series; readonly timestampMs: number };

export type ComponentVerdict = {
  readonly name: string;
  readonly version: string;
  readonly instances: number;
  readonly accepted: number;
  readonly found: number;
};

/** `found` holds the timestamps that Monasca has of each series, by `seriesKey`. */
export function judge(
  accounts: Iterable<Account>,
  found: ReadonlyMap<string, ReadonlySet<number>>,
  deadLetters: number,
): Verdict {
  const missing: Sighting[] = [];
  const unexpected: Sighting[] = [];
  const unanswered = { sent: 0, found: 0 };
  const components = new Map<string, ComponentVerdict>();
  for (const { series, accepted, unanswered: open } of accounts) {
    const there = found.get(seriesKey(series)) ?? new Set();
    const arrived = accepted.intersection(there);
    missing.push(...sightings(series, accepted.difference(there)));
    unexpected.push(...sightings(series, there.difference(accepted).difference(open)));
    unanswered.sent += open.size;
    unanswered.found += open.intersection(there).size;
    const { name, version } = series;
    const key = `${name}\n${version}`;
    const before = components.get(key) ?? { instances: 0, accepted: 0, found: 0 };
    components.set(key, {
      name,
      version,
      instances: before.instances + 1,
      accepted: before.accepted + accepted.size,
      found: before.found + arrived.size,
    });
  }
  const all = [...components.values()];
  const acceptedInAll = all.reduce((sum, { accepted }) => sum + accepted, 0);
  return {
    isGood: acceptedInAll > 0 && missing.length === 0 && unexpected.length === 0,
    accepted: acceptedInAll,
    found: all.reduce((sum, component) => sum + component.found, 0),
    missing,
    unexpected,
    unanswered,
    components: all,
    deadLetters,
  };
}

const sightings = (series: Series, timestamps: ReadonlySet<number>): Sighting[] =>
  [...timestamps].sort((a, b) => a - b).map((timestampMs) => ({ series, timestampMs }));
