import type { LivenessEvent } from '../../contract/event.ts';

/** Names of all alerts: problems of an instance, of a component or of the whole. */
export const alertNames = [
  'HeartbeatInstanceLate',
  'HeartbeatInstanceDown',
  'HeartbeatInstanceNotOk',
  'HeartbeatInstanceFlapping',
  'HeartbeatComponentDegraded',
  'HeartbeatComponentDown',
  'HeartbeatComponentNeverSeen',
  'HeartbeatMassOutage',
  'HeartbeatPattern',
  'HeartbeatTest',
] as const;
type AlertName = (typeof alertNames)[number];

export const severityOf: Record<AlertName, 'critical' | 'warning' | 'info'> = {
  HeartbeatInstanceLate: 'warning',
  HeartbeatInstanceDown: 'critical',
  HeartbeatInstanceNotOk: 'warning',
  HeartbeatInstanceFlapping: 'warning',
  HeartbeatComponentDegraded: 'warning',
  HeartbeatComponentDown: 'critical',
  HeartbeatComponentNeverSeen: 'warning',
  HeartbeatMassOutage: 'critical',
  HeartbeatPattern: 'warning',
  HeartbeatTest: 'info',
};

/** Whether the event resolves alerts, among its other effects. */
export const endsAlerts = (event: LivenessEvent): boolean =>
  alertChanges(event).some(({ isFiring }) => !isFiring);

/** Effect of an event on an alert. */
export type AlertChange = {
  readonly alert: AlertName;
  readonly isFiring: boolean;
  /** Subject of the alert, where it is not the subject of the event. */
  readonly about?: LivenessEvent['subject'];
  /** Labels beside those of the subject. */
  readonly labels?: Readonly<Record<string, string>>;
};

const fire = (alert: AlertName): AlertChange => ({ alert, isFiring: true });
const resolve = (...alerts: AlertName[]): AlertChange[] =>
  alerts.map((alert) => ({ alert, isFiring: false }));

/** Each pattern has an alert of its own. */
const patternChange = (isFiring: boolean, data: LivenessEvent['data']): AlertChange => ({
  alert: 'HeartbeatPattern',
  isFiring,
  labels: { pattern: String(data?.['pattern'] ?? '') },
});

/**
 * Effects of an event on alerts. An event fires at most one alert, and resolves all alerts that are no
 * longer true, whether or not they fire: to resolve an alert that does not fire has no effect, and a
 * lost message is so corrected by the next one.
 *
 * `late` continues to fire while an instance is down: an inhibition rule mutes it, and it is not
 * reported as resolved when the instance has become worse.
 */
export function alertChanges({ kind, state, subject, data }: LivenessEvent): AlertChange[] {
  switch (kind) {
    case 'late':
      return [fire('HeartbeatInstanceLate'), ...resolve('HeartbeatInstanceDown')];
    case 'down':
      return [fire('HeartbeatInstanceDown')];
    case 'still_down':
      // A reminder of many instances has no alert of its own, because no event would resolve it.
      return subject && 'instance' in subject ? [fire('HeartbeatInstanceDown')] : [];
    case 'flapping':
      return [fire('HeartbeatInstanceFlapping')];
    case 'calm':
      return [...resolve('HeartbeatInstanceFlapping'), ...stateChanges(state)];
    case 'status.not_ok':
      return [fire('HeartbeatInstanceNotOk')];
    case 'status.ok':
      return resolve('HeartbeatInstanceNotOk');
    case 'recovered':
      return resolve(...ofAbsence);
    case 'retired':
      return resolve(...ofAbsence, 'HeartbeatInstanceNotOk');
    case 'started':
      return [...resolve(...ofAbsence, 'HeartbeatInstanceNotOk'), ...seen(subject)];
    case 'component.degraded':
      return [fire('HeartbeatComponentDegraded'), ...resolve('HeartbeatComponentDown')];
    case 'component.down':
      return [fire('HeartbeatComponentDown')];
    case 'component.recovered':
      return resolve('HeartbeatComponentDegraded', 'HeartbeatComponentDown');
    case 'component.never_seen':
      return [fire('HeartbeatComponentNeverSeen')];
    case 'mass_outage':
      return [fire('HeartbeatMassOutage')];
    case 'mass_outage.ended':
      return resolve('HeartbeatMassOutage');
    case 'pattern.matched':
    case 'pattern.ended':
      return [patternChange(kind === 'pattern.matched', data)];
    case 'test':
      return [fire('HeartbeatTest')];
    case 'clock.skewed':
    case 'params.changed':
    case 'admin.acted':
    case 'silence.created':
    case 'silence.ended':
    // Alerts have no label for the relay: its state is a metric.
    case 'relay.opened':
    case 'relay.closed':
    // The instance behind the site has alerts of its own.
    case 'site.down':
    case 'site.recovered':
    case 'site.unmonitored':
      return [];
  }
}

const ofAbsence = [
  'HeartbeatInstanceLate',
  'HeartbeatInstanceDown',
  'HeartbeatInstanceFlapping',
] as const satisfies readonly AlertName[];

/** An expected component has sent a heartbeat; the rule may be for any version of it. */
function seen(subject: LivenessEvent['subject']): AlertChange[] {
  if (subject === undefined) return [];
  const { name, version } = subject;
  return [version, '*'].map((expected) => ({
    alert: 'HeartbeatComponentNeverSeen',
    isFiring: false,
    about: { name, version: expected },
  }));
}

/** For an instance that no longer flaps: its single changes were not reported. */
function stateChanges(state: LivenessEvent['state']): AlertChange[] {
  switch (state) {
    case 'down':
      return [fire('HeartbeatInstanceDown')];
    case 'late':
      return [fire('HeartbeatInstanceLate'), ...resolve('HeartbeatInstanceDown')];
    default:
      return resolve('HeartbeatInstanceLate', 'HeartbeatInstanceDown');
  }
}
