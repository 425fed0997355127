import { pipeline } from '../dashboards/pipeline.ts';
import { nameOf } from '../queries/prometheus.ts';
import { serviceJob } from '../sources/names.ts';
import { type Alert, label, value } from './alert.ts';

const up = nameOf('deliveryUp');
const at = (id: number) => ({ dashboard: pipeline, id });

/** What becomes of the service itself. */
export const pipelineAlerts: readonly Alert[] = [
  {
    name: 'HeartbeatTargetDown',
    severity: 'critical',
    expr: `up{job="${serviceJob}"} == 0 or absent(up{job="${serviceJob}"})`,
    forSeconds: 60,
    summary: 'GE Heartbeat does not answer Prometheus',
    description:
      'The service cannot be scraped, or is not a target any more. No other alert of it can be trusted meanwhile.',
    panel: at(1),
  },
  {
    name: 'HeartbeatNotLooking',
    severity: 'critical',
    expr: `${nameOf('evaluationAgeSeconds')} > 60`,
    forSeconds: 60,
    summary: 'GE Heartbeat does not look for silence',
    description: `The last look for silence whose results are on disk was ${value('humanizeDuration')} ago: who dies now is not noticed.`,
    panel: at(61),
  },
  {
    name: 'HeartbeatDeliveryFailing',
    severity: 'critical',
    expr: `${up}{destination="monasca"} == 0`,
    forSeconds: 300,
    summary: 'Nothing is delivered to Monasca',
    description:
      'Attempts at delivery to Monasca have failed for more than five minutes. Heartbeats are kept, and delivered when it is back.',
    panel: at(20),
  },
  {
    name: 'HeartbeatBacklogAgeing',
    severity: 'warning',
    expr: `${nameOf('outboxAgeSeconds')}{stream="heartbeats"} > 600`,
    forSeconds: 300,
    summary: 'Heartbeats wait long for their delivery',
    description: `The oldest heartbeat that is not delivered has waited for ${value('humanizeDuration')}.`,
    panel: at(22),
  },
  {
    name: 'HeartbeatOutboxNearlyFull',
    severity: 'critical',
    expr: `${nameOf('outboxRecords')}{stream="heartbeats"} / on (job, instance) ${nameOf('outboxLimit')} > 0.8`,
    forSeconds: 60,
    summary: 'Heartbeats will be refused soon',
    description: `${value('humanizePercentage')} of the heartbeats that may wait are waiting. At 100 % new ones are answered with 503.`,
    panel: at(4),
  },
  {
    name: 'HeartbeatTokenRefreshFailing',
    severity: 'warning',
    expr: `${nameOf('loginFailing')} == 1`,
    forSeconds: 300,
    summary: 'Keystone gives no token',
    description:
      'Logins to Keystone have failed for more than five minutes. Delivery to Monasca goes on until the token in use expires.',
    panel: at(28),
  },
  {
    name: 'HeartbeatNotifierFailing',
    severity: 'critical',
    expr: `${up}{destination=~"notifier.+"} == 0`,
    forSeconds: 300,
    summary: `${label('destination')} reaches nobody`,
    description: `Attempts at notifying through ${label('destination')} have failed for more than five minutes: somebody does not hear of what happens. The events are kept, and told when it works again.`,
    panel: at(30),
  },
];
