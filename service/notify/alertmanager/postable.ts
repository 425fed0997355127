import { defined } from '../../contract/defined.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type AlertChange, alertChanges, severityOf } from './alerts.ts';

/** An alert of `POST /api/v2/alerts`. Times are in ISO 8601. */
export type PostableAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
};

export type PostingOptions = {
  /** Labels of all alerts, beside their own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly generatorUrl?: string | undefined;
  /** Time that an alert fires without a further event. */
  readonly holdMs: number;
  /** Whether the event may fire alerts; other events only resolve them. */
  readonly mayFire?: (event: LivenessEvent) => boolean;
};

/** No event ends a test, so it ends by itself. */
const testMs = 300_000;

/**
 * The alerts of a batch. Labels identify an alert, and a later event replaces an earlier one. So after
 * an outage no alert is sent that is no longer true.
 */
export function postableAlerts(
  events: readonly LivenessEvent[],
  options: PostingOptions,
  nowMs: number,
): PostableAlert[] {
  const alerts = new Map<string, PostableAlert>();
  for (const event of events) {
    const mayFire = options.mayFire?.(event) ?? true;
    for (const change of alertChanges(event)) {
      if (change.isFiring && !mayFire) continue;
      const labels = labelsOf(event, change, options.labels);
      const key = alertKey({ labels });
      // Deleted first, so that the order is the one of the newest events.
      alerts.delete(key);
      alerts.set(key, { labels, ...detailsOf(event, change, options, nowMs) });
    }
  }
  return [...alerts.values()];
}

/**
 * Removes the alerts that later events change too. So a dead letter that is sent again fires no alert
 * of a problem that is over.
 */
export async function withoutStale(
  alerts: readonly PostableAlert[],
  later: AsyncIterable<LivenessEvent>,
  options: PostingOptions,
): Promise<readonly PostableAlert[]> {
  const stale = new Set<string>();
  for await (const event of later) {
    for (const alert of postableAlerts([event], options, event.atMs)) stale.add(alertKey(alert));
  }
  return stale.size === 0 ? alerts : alerts.filter((alert) => !stale.has(alertKey(alert)));
}

/** Identity of an alert: its labels, in any order. */
export const alertKey = ({ labels }: Pick<PostableAlert, 'labels'>): string =>
  JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)));

function labelsOf(
  { subject }: LivenessEvent,
  { alert, about = subject, labels }: AlertChange,
  others: PostingOptions['labels'],
): PostableAlert['labels'] {
  return {
    ...others,
    alertname: alert,
    severity: severityOf[alert],
    ...labels,
    ...Object.fromEntries(
      Object.entries(about ?? {}).map(([name, value]) => [name, value.toWellFormed()]),
    ),
  };
}

function detailsOf(
  event: LivenessEvent,
  { isFiring, about = event.subject }: AlertChange,
  { holdMs, generatorUrl }: PostingOptions,
  nowMs: number,
): Omit<PostableAlert, 'labels'> {
  const { id, kind, atMs, reason } = event;
  const lastsMs = kind === 'test' ? Math.min(holdMs, testMs) : holdMs;
  const subject = about ? Object.values(about).join(' ') : 'GE Heartbeat';
  return {
    annotations: {
      summary: `${subject}: ${kind}`.toWellFormed(),
      description: reason.toWellFormed(),
      event_id: id,
    },
    ...(isFiring
      ? { startsAt: toIso(beganMs(event)), endsAt: toIso(nowMs + lastsMs) }
      : { endsAt: toIso(atMs) }),
    ...defined({ generatorURL: generatorUrl }),
  };
}

/** A `still_down` instance has been down since before the event. */
function beganMs({ kind, atMs, ageSeconds, thresholds }: LivenessEvent): number {
  if (kind !== 'still_down' || ageSeconds === undefined || thresholds === undefined) return atMs;
  return atMs - Math.max(0, ageSeconds - thresholds.downSeconds) * 1_000;
}

const toIso = (ms: number): string => new Date(ms).toISOString();
