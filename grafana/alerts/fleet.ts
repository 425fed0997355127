import { genericEnabler } from '../dashboards/generic-enabler.ts';
import { overview } from '../dashboards/overview.ts';
import { nameOf } from '../queries/prometheus.ts';
import { type Alert, label, value } from './alert.ts';

const active = nameOf('activeInstances');
const down = nameOf('downInstances');
const component = `${label('name')} ${label('version')}`;

/** What becomes of Generic Enablers. */
export const fleetAlerts: readonly Alert[] = [
  {
    name: 'HeartbeatExpectedComponentMissing',
    severity: 'critical',
    expr: `${nameOf('expectedActiveInstances')} == 0`,
    forSeconds: 120,
    summary: `No instance of ${component} is active, and it is expected`,
    description: `A rule of liveness.rules expects a Generic Enabler that matches ${component}. None is active: it never came, or all of its instances are down or have said goodbye.`,
    panel: { dashboard: overview, id: 8 },
  },
  {
    name: 'HeartbeatComponentDown',
    severity: 'critical',
    expr: `${active} == 0 and ${down} > 0`,
    forSeconds: 60,
    summary: `All instances of ${component} are down`,
    description: `No instance of ${component} is active any more, and at least one ended without a goodbye.`,
    panel: { dashboard: overview, id: 7 },
  },
  {
    name: 'HeartbeatInstanceDown',
    severity: 'warning',
    expr: `${down} > 0`,
    forSeconds: 60,
    summary: `${value('humanize')} of the instances of ${component} are down`,
    description: `${value('humanize')} instances of ${component} have sent no heartbeat for longer than their threshold, and said no goodbye.`,
    panel: { dashboard: overview, id: 9 },
  },
  {
    name: 'HeartbeatInstanceCountDropped',
    severity: 'warning',
    expr: `sum by (job, name) (${active}) < 0.75 * sum by (job, name) (${active} offset 1h)`,
    forSeconds: 300,
    summary: `${label('name')} has fewer instances than an hour ago`,
    description: `${label('name')} has ${value('humanize')} active instances: less than three quarters of those an hour ago. This counts those too that said goodbye.`,
    panel: { dashboard: genericEnabler, id: 7 },
  },
  {
    name: 'HeartbeatMassOutage',
    severity: 'critical',
    expr: `max_over_time(${nameOf('massOutage')}[5m]) > 0`,
    // A storm may end within a minute; the expression looks back for it.
    forSeconds: 0,
    summary: 'Very many instances fell silent at the same time',
    description:
      'A large part of the fleet fell silent within a minute. Rather a network, a proxy or a host is gone than so many Generic Enablers.',
    panel: { dashboard: overview, id: 10 },
  },
  {
    name: 'HeartbeatNoneReceived',
    severity: 'critical',
    expr: `sum by (job) (increase(${nameOf('accepted')}[10m])) == 0 or absent(${nameOf('accepted')})`,
    forSeconds: 120,
    summary: 'No heartbeat at all comes in',
    description: 'In ten minutes the service has taken no heartbeat of anyone.',
    panel: { dashboard: overview, id: 1 },
  },
];
