import type { LivenessEvent } from '../../contract/event.ts';

/** The alerts that there are; each says what is wrong with an instance, a component or with all. */
export const alertNames = [
  'HeartbeatInstanceLate',
  'HeartbeatInstanceDown',
  'HeartbeatInstanceFlapping',
  'HeartbeatComponentDegraded',
  'HeartbeatComponentDown',
  'HeartbeatComponentNeverSeen',
  'HeartbeatMassOutage',
  'HeartbeatTest',
] as const;
export type AlertName = (typeof alertNames)[number];

export const severityOf: Record<AlertName, 'critical' | 'warning' | 'info'> = {
  HeartbeatInstanceLate: 'warning',
  HeartbeatInstanceDown: 'critical',
  HeartbeatInstanceFlapping: 'warning',
  HeartbeatComponentDegraded: 'warning',
  HeartbeatComponentDown: 'critical',
  HeartbeatComponentNeverSeen: 'warning',
  HeartbeatMassOutage: 'critical',
  HeartbeatTest: 'info',
};

/** Whether the event resolves alerts, whatever else it does. */
export const endsAlerts = (event: LivenessEvent): boolean =>
  alertChanges(event).some(({ isFiring }) => !isFiring);

/** What an event makes of an alert. */
export type AlertChange = {
  readonly alert: AlertName;
  readonly isFiring: boolean;
  /** Where it is not the subject of the event that the alert is about. */
  readonly about?: LivenessEvent['subject'];
};

const fire = (alert: AlertName): AlertChange => ({ alert, isFiring: true });
const resolve = (...alerts: AlertName[]): AlertChange[] =>
  alerts.map((alert) => ({ alert, isFiring: false }));

/**
 * What an event says of alerts. One of them is set off by one kind of event, and all that can no
 * longer be true are resolved, whether or not they were set off: to resolve what does not fire does
 * nothing, and who was told too little is so put right by what comes next.
 *
 * `late` goes on while an instance is down, for it is that too: an inhibition rule mutes it, and
 * nobody is told that it was resolved when it has become worse.
 */
export function alertChanges({ kind, state, subject }: LivenessEvent): AlertChange[] {
  switch (kind) {
    case 'late':
      return [fire('HeartbeatInstanceLate'), ...resolve('HeartbeatInstanceDown')];
    case 'down':
      return [fire('HeartbeatInstanceDown')];
    case 'still_down':
      // A reminder of many at once is about no single alert: nothing would ever resolve it.
      return subject && 'instance' in subject ? [fire('HeartbeatInstanceDown')] : [];
    case 'flapping':
      return [fire('HeartbeatInstanceFlapping')];
    case 'calm':
      return [...resolve('HeartbeatInstanceFlapping'), ...stateChanges(state)];
    case 'recovered':
    case 'retired':
      return resolve(...ofInstances);
    case 'started':
      return [...resolve(...ofInstances), ...seen(subject)];
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
    case 'test':
      return [fire('HeartbeatTest')];
    case 'params.changed':
    case 'admin.acted':
    case 'silence.created':
    case 'silence.ended':
      return [];
  }
}

const ofInstances = [
  'HeartbeatInstanceLate',
  'HeartbeatInstanceDown',
  'HeartbeatInstanceFlapping',
] as const satisfies readonly AlertName[];

/** A component that was expected has come; the rule may have been for any version of it. */
function seen(subject: LivenessEvent['subject']): AlertChange[] {
  if (subject === undefined) return [];
  const { name, version } = subject;
  return [version, '*'].map((expected) => ({
    alert: 'HeartbeatComponentNeverSeen',
    isFiring: false,
    about: { name, version: expected },
  }));
}

/** Of an instance that flaps no longer: no single changes were told, so this is the news. */
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
