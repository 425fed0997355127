import type { Identity } from '../service/contract/instance.ts';
import type { PrintedEvents } from './event-log.ts';
import type { SentSeries } from './senders/sent-heartbeats.ts';

/** The heartbeats of one instance, and their timestamps in Monasca. */
export type ComparedSeries = SentSeries & { readonly found: ReadonlySet<number> };

/** One heartbeat, named by its instance and timestamp. */
export type HeartbeatId = Identity & { readonly timestampMs: number };

/** How the demo ended. */
export type DemoOutcome = {
  readonly series: readonly ComparedSeries[];
  /** Whether the outbox became empty in time. */
  readonly isDrained: boolean;
  readonly deadLetters: number;
  /** For each outage of Monasca, how many heartbeats waited at its end. */
  readonly outages: readonly number[];
  readonly events: Pick<PrintedEvents, 'counts' | 'notifications'>;
};

export function isSuccess({ series, isDrained, events }: DemoOutcome): boolean {
  const { accepted, missing, unexpected } = judge(series);
  const notifications = events.notifications();
  const hasAll = accepted > 0 && missing.length === 0 && unexpected.length === 0;
  return hasAll && isDrained && notifications.missing === 0 && notifications.rejected === 0;
}

/** Compares: `unexpected` heartbeats were never sent, `unanswered` ones may have arrived or not. */
export function judge(series: readonly ComparedSeries[]) {
  const select = (timestampsOf: (one: ComparedSeries) => ReadonlySet<number>) =>
    series.flatMap((one): HeartbeatId[] => {
      const { name, version, instance } = one;
      const timestamps = [...timestampsOf(one)].sort((a, b) => a - b);
      return timestamps.map((timestampMs) => ({ name, version, instance, timestampMs }));
    });
  return {
    instances: series.length,
    accepted: select(({ accepted }) => accepted).length,
    found: select(({ accepted, found }) => accepted.intersection(found)).length,
    missing: select(({ accepted, found }) => accepted.difference(found)),
    unexpected: select(({ accepted, unanswered, found }) =>
      new Set(found).difference(accepted).difference(unanswered),
    ),
    unanswered: select(({ unanswered }) => unanswered).length,
    unansweredFound: select(({ unanswered, found }) => unanswered.intersection(found)).length,
  };
}
