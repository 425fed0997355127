import { genericEnabler } from '../dashboards/generic-enabler.ts';
import { overview } from '../dashboards/overview.ts';
import { nameOf } from '../queries/prometheus.ts';
import { type Alert, critical, label, value, warning } from './alert.ts';

const active = nameOf('activeInstances');
const down = nameOf('downInstances');
const component = `${label('name')} ${label('version')}`;

/** Alerts about Generic Enablers. */
export const fleetAlerts: readonly Alert[] = [
  critical('HeartbeatExpectedComponentMissing', {
    expr: `${nameOf('expectedActiveInstances')} == 0`,
    forSeconds: 120,
    summary: `${component} is expected and has no active instance`,
    description: `A rule in liveness.rules expects a Generic Enabler that matches ${component}. No instance is active: none has sent a heartbeat, or all are down or retired.`,
    panel: { dashboard: overview, id: 8 },
  }),
  critical('HeartbeatComponentDown', {
    expr: `${active} == 0 and ${down} > 0 unless on (job, name) sum by (job, name) (${active}) > 0`,
    forSeconds: 60,
    summary: `All instances of ${component} are down`,
    description: `${component} has no active instance, nor has another version of it, and at least one instance is down.`,
    panel: { dashboard: overview, id: 7 },
  }),
  warning('HeartbeatInstanceDown', {
    expr: `${down} > 0`,
    forSeconds: 60,
    summary: `${value('humanize')} of the instances of ${component} are down`,
    description: `${value('humanize')} instances of ${component} have sent no heartbeat for longer than their threshold, and did not report that they were stopping.`,
    panel: { dashboard: overview, id: 9 },
  }),
  warning('HeartbeatInstanceNotOk', {
    expr: `${nameOf('notOkInstances')} > 0`,
    forSeconds: 300,
    summary: `${value('humanize')} live instances are not OK`,
    description: `${value('humanize')} instances are alive and have reported for five minutes that something is wrong with them.`,
    panel: { dashboard: overview, id: 20 },
  }),
  warning('HeartbeatInstanceCountDropped', {
    expr: `sum by (job, name) (${active}) < 0.75 * sum by (job, name) (${active} offset 1h)`,
    forSeconds: 300,
    summary: `${label('name')} has fewer instances than an hour ago`,
    description: `${label('name')} has ${value('humanize')} active instances: less than three quarters of the number an hour ago. Retired instances count as missing.`,
    panel: { dashboard: genericEnabler, id: 7 },
  }),
  critical('HeartbeatMassOutage', {
    expr: `max_over_time(${nameOf('massOutage')}[5m]) > 0`,
    // A mass outage may end within a minute: the expression covers five.
    forSeconds: 0,
    summary: 'Mass outage: many instances became absent at the same time',
    description:
      'A large part of the fleet became absent within a minute. The cause is more likely a network, a proxy or a host than the Generic Enablers.',
    panel: { dashboard: overview, id: 10 },
  }),
  critical('HeartbeatNoneReceived', {
    expr: `sum by (job) (increase(${nameOf('accepted')}[10m])) == 0 or absent(${nameOf('accepted')})`,
    forSeconds: 120,
    summary: 'No heartbeats are received',
    description: 'The service has accepted no heartbeat for ten minutes.',
    panel: { dashboard: overview, id: 1 },
  }),
];
