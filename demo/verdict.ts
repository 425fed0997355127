import type { EventKind } from '../service/contract/event.ts';
import type { Identity } from '../service/contract/instance.ts';
import type { NotificationCounts } from './event-log.ts';
import { keyOf, type SentSeries } from './senders/sent-heartbeats.ts';

/** One heartbeat, named by its instance and timestamp. */
export type HeartbeatId = Identity & { readonly timestampMs: number };

/** The heartbeats of some instances, compared with those in Monasca. */
export type Verdict = {
  readonly instances: number;
  readonly accepted: number;
  /** Number of accepted heartbeats that are in Monasca. */
  readonly found: number;
  /** Accepted, but not in Monasca. */
  readonly missing: readonly HeartbeatId[];
  /** In Monasca, but never sent. */
  readonly unexpected: readonly HeartbeatId[];
  /** Sent without a response; they may have arrived or not. */
  readonly unanswered: { readonly sent: number; readonly found: number };
};

/** Timestamps that Monasca has of each instance, by `keyOf`. */
export type Found = ReadonlyMap<string, ReadonlySet<number>>;

/** How the demo ended. */
export type Outcome = {
  readonly sent: readonly SentSeries[];
  readonly found: Found;
  /** Whether the outbox became empty in time. */
  readonly isDrained: boolean;
  readonly deadLetters: number;
  /** For each outage of Monasca, how many heartbeats waited at its end. */
  readonly outages: readonly number[];
  readonly events: readonly (readonly [kind: EventKind, count: number])[];
  readonly notifications: NotificationCounts;
};

export function isSuccess({ sent, found, isDrained, notifications }: Outcome): boolean {
  const { accepted, missing, unexpected } = judge(sent, found);
  const hasAll = accepted > 0 && missing.length === 0 && unexpected.length === 0;
  return hasAll && isDrained && notifications.missing === 0 && notifications.rejected === 0;
}

export function judge(sent: readonly SentSeries[], found: Found): Verdict {
  const select = (timestamps: (series: SentSeries, found: ReadonlySet<number>) => Set<number>) =>
    sent.flatMap((series): HeartbeatId[] => {
      const { name, version, instance } = series;
      const selected = timestamps(series, found.get(keyOf(series)) ?? new Set());
      const sorted = [...selected].sort((a, b) => a - b);
      return sorted.map((timestampMs) => ({ name, version, instance, timestampMs }));
    });
  return {
    instances: sent.length,
    accepted: select(({ accepted }) => accepted).length,
    found: select(({ accepted }, found) => accepted.intersection(found)).length,
    missing: select(({ accepted }, found) => accepted.difference(found)),
    unexpected: select(({ accepted, unanswered }, found) =>
      new Set(found).difference(accepted).difference(unanswered),
    ),
    unanswered: {
      sent: select(({ unanswered }) => unanswered).length,
      found: select(({ unanswered }, found) => unanswered.intersection(found)).length,
    },
  };
}
