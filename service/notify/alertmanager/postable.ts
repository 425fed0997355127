import type { LivenessEvent } from '../../contract/event.ts';
import { type AlertChange, alertChanges, severityOf } from './alerts.ts';

/** An alert as `POST /api/v2/alerts` takes it. Times are in ISO 8601. */
export type PostableAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
};

export type PostingOptions = {
  /** Labels that every alert has besides its own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly generatorUrl?: string | undefined;
  /** How long an alert fires of which nothing more is heard. */
  readonly holdMs: number;
  /** Others come for the alerts that they resolve, and set none off. */
  readonly maySetOff?: (event: LivenessEvent) => boolean;
};

/** Nothing ends a test, so it ends by itself. */
const testMs = 300_000;

/**
 * The alerts of a batch, the last word on each: labels make an alert what it is, and a later event
 * takes the place of an earlier one. So after an outage nobody is told what is no longer true.
 */
export function postableAlerts(
  events: readonly LivenessEvent[],
  options: PostingOptions,
  nowMs: number,
): PostableAlert[] {
  const alerts = new Map<string, PostableAlert>();
  for (const event of events) {
    const maySetOff = options.maySetOff?.(event) ?? true;
    for (const change of alertChanges(event)) {
      if (change.isFiring && !maySetOff) continue;
      const labels = labelsOf(event, change, options.labels);
      const key = keyOf({ labels });
      // Not only the newest value but the newest place, so that the order is that of the events.
      alerts.delete(key);
      alerts.set(key, { labels, ...courseOf(event, change, options, nowMs) });
    }
  }
  return [...alerts.values()];
}

/**
 * Without those of which later events say something too: these take their place. So a dead letter
 * that is sent again sets off nothing that is long over.
 */
export async function withoutStale(
  alerts: readonly PostableAlert[],
  later: AsyncIterable<LivenessEvent>,
  options: PostingOptions,
): Promise<readonly PostableAlert[]> {
  const stale = new Set<string>();
  for await (const event of later) {
    for (const alert of postableAlerts([event], options, event.atMs)) stale.add(keyOf(alert));
  }
  return stale.size === 0 ? alerts : alerts.filter((alert) => !stale.has(keyOf(alert)));
}

const keyOf = ({ labels }: Pick<PostableAlert, 'labels'>): string =>
  JSON.stringify(Object.entries(labels));

function labelsOf(
  { subject }: LivenessEvent,
  { alert, about = subject }: AlertChange,
  others: PostingOptions['labels'],
): PostableAlert['labels'] {
  return {
    ...others,
    alertname: alert,
    severity: severityOf[alert],
    ...Object.fromEntries(
      Object.entries(about ?? {}).map(([name, value]) => [name, value.toWellFormed()]),
    ),
  };
}

function courseOf(
  event: LivenessEvent,
  { isFiring, about = event.subject }: AlertChange,
  { holdMs, generatorUrl }: PostingOptions,
  nowMs: number,
): Omit<PostableAlert, 'labels'> {
  const { id, kind, atMs, reason } = event;
  const lastsMs = kind === 'test' ? Math.min(holdMs, testMs) : holdMs;
  const whom = about ? Object.values(about).join(' ') : 'GE Heartbeat';
  return {
    annotations: {
      summary: `${whom}: ${kind}`.toWellFormed(),
      description: reason.toWellFormed(),
      event_id: id,
    },
    ...(isFiring
      ? { startsAt: isoTime(beganMs(event)), endsAt: isoTime(nowMs + lastsMs) }
      : { endsAt: isoTime(atMs) }),
    ...(generatorUrl === undefined ? {} : { generatorURL: generatorUrl }),
  };
}

/** Who is still down is so for longer than the event is old. */
function beganMs({ kind, atMs, ageSeconds, thresholds }: LivenessEvent): number {
  if (kind !== 'still_down' || ageSeconds === undefined || thresholds === undefined) return atMs;
  return atMs - Math.max(0, ageSeconds - thresholds.downSeconds) * 1_000;
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
