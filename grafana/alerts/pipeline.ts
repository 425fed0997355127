import { pipeline } from '../dashboards/pipeline.ts';
import { nameOf } from '../queries/prometheus.ts';
import { serviceJob } from '../sources/names.ts';
import { type Alert, critical, label, value, warning } from './alert.ts';

const up = nameOf('deliveryUp');
const at = (id: number) => ({ dashboard: pipeline, id });

/** Alerts about the service itself. */
export const pipelineAlerts: readonly Alert[] = [
  critical('HeartbeatTargetDown', {
    expr: `up{job="${serviceJob}"} == 0 or absent(up{job="${serviceJob}"})`,
    forSeconds: 60,
    summary: 'Prometheus cannot scrape GE Heartbeat',
    description:
      'The scrape fails, or the service is no longer a target. Meanwhile its other alerts are not reliable.',
    panel: at(1),
  }),
  critical('HeartbeatEvaluationStalled', {
    expr: `${nameOf('evaluationAgeSeconds')} > 60`,
    forSeconds: 60,
    summary: 'GE Heartbeat does not evaluate liveness',
    description: `The last evaluation whose results are on disk was ${value('humanizeDuration')} ago. Instances that go down are not detected.`,
    panel: at(61),
  }),
  critical('HeartbeatQueueNotConsumed', {
    expr: `${nameOf('amqpConsumers')}{state="waiting"} > 0`,
    forSeconds: 120,
    summary: 'GE Heartbeat cannot consume a queue',
    description: `${value('humanize')} queues of the connection ${label('connection')} have not been consumed for two minutes: the broker is not available, or a queue. Instances that send through it become absent.`,
    panel: at(80),
  }),
  warning('HeartbeatMessagesRejected', {
    expr: `increase(${nameOf('amqpMessages')}{result=~"dead-lettered|dropped"}[15m]) > 0`,
    forSeconds: 60,
    summary: 'Messages with heartbeats are rejected',
    description: `${value('humanize')} messages of the connection ${label('connection')} were rejected in 15 minutes. They are in the dead-letter queue, with the reason in the header heartbeat-reason.`,
    panel: at(81),
  }),
  critical('HeartbeatDeliveryFailing', {
    expr: `${up}{destination="monasca"} == 0`,
    forSeconds: 300,
    summary: 'Delivery to Monasca fails',
    description:
      'Attempts to deliver to Monasca have failed for more than five minutes. The service stores heartbeats and delivers them when Monasca is available again.',
    panel: at(20),
  }),
  warning('HeartbeatBacklogAgeing', {
    expr: `${nameOf('outboxAgeSeconds')}{stream="heartbeats"} > 600`,
    forSeconds: 300,
    summary: 'Delivery of heartbeats is late',
    description: `The oldest undelivered heartbeat has waited for ${value('humanizeDuration')}.`,
    panel: at(22),
  }),
  critical('HeartbeatOutboxNearlyFull', {
    expr: `${nameOf('outboxRecords')}{stream="heartbeats"} / on (job, instance) ${nameOf('outboxLimit')} > 0.8`,
    forSeconds: 60,
    summary: 'The outbox is nearly full',
    description: `The outbox of heartbeats is ${value('humanizePercentage')} full. At 100 % the service rejects new heartbeats with 503.`,
    panel: at(4),
  }),
  warning('HeartbeatTokenRefreshFailing', {
    expr: `${nameOf('loginFailing')} == 1`,
    forSeconds: 300,
    summary: 'Logins to Keystone fail',
    description:
      'Logins to Keystone have failed for more than five minutes. Delivery to Monasca continues until the current token expires.',
    panel: at(28),
  }),
  critical('HeartbeatNotifierFailing', {
    expr: `${up}{destination=~"notifier.+"} == 0`,
    forSeconds: 300,
    summary: `${label('destination')} cannot deliver notifications`,
    description: `Attempts to deliver through ${label('destination')} have failed for more than five minutes: its recipients are not notified. The service stores events and delivers them when the notifier is available again.`,
    panel: at(30),
  }),
  warning('HeartbeatRedisFailing', {
    expr: `${up}{destination=~"redis.*"} == 0`,
    forSeconds: 300,
    summary: 'Delivery to Redis fails',
    description:
      'Attempts to deliver to Redis have failed for more than five minutes: its readers have old states. The service stores heartbeats and events and delivers them when Redis is available again.',
    panel: at(20),
  }),
];
