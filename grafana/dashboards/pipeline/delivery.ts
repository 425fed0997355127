import { type Row, row } from '../../panels/layout.ts';
import { lines, timeline } from '../../panels/panels.ts';
import { steps, texts } from '../../panels/style.ts';
import { over, overBy, quantile, rate, series } from '../../queries/prometheus.ts';

const notifiers = 'destination=~"notifier.+"';

const up = timeline(20, 'Destinations', {
  question: 'When was each destination available?',
  queries: overBy(['destination'], 'min', series('deliveryUp')),
  noValue: 'no destinations',
  mappings: texts({ 0: ['failing', 'red'], 1: ['available', 'green'] }),
  thresholds: steps('red', [1, 'green']),
});
const depth = lines(21, 'Outbox records', {
  question: 'How many records wait for the slowest reader, and does the backlog shrink?',
  queries: overBy(['stream'], 'sum', series('outboxRecords')),
});
const age = lines(22, 'Age of the oldest record', {
  question: 'How late is delivery, and does it catch up?',
  queries: overBy(['stream'], 'max', series('outboxAgeSeconds')),
  unit: 's',
});
const delivered = lines(23, 'Delivered', {
  question: 'How many records does each destination accept per second?',
  queries: overBy(['destination'], 'sum', rate(series('deliveredRecords'))),
  unit: 'cps',
});
const failures = lines(24, 'Failed attempts', {
  question: 'Why do delivery attempts fail?',
  queries: over(
    `sum by (destination, reason) (${rate(series('deliveryFailures'))}) > 0`,
    '{{destination}}: {{reason}}',
  ),
  unit: 'cps',
  noValue: 'no failures',
});
const duration = lines(25, 'Duration of an attempt', {
  question: 'How long do destinations take to respond?',
  queries: over(
    quantile(0.99, 'deliverySeconds', 'destination'),
    '{{destination}}, 99th percentile',
  ),
  unit: 's',
});
const deadLetters = lines(26, 'Dead letters', {
  question: 'How many records has each destination rejected for good?',
  queries: overBy(['destination'], 'sum', series('deadLetters')),
});
const token = lines(27, 'Token lifetime', {
  question: 'Does the service renew the Keystone token before it expires?',
  queries: over(`min(${series('tokenExpirySeconds')})`, 'remaining'),
  unit: 's',
});
const logins = lines(28, 'Logins', {
  question: 'How often does the service log in to Keystone, and with which result?',
  queries: overBy(['result'], 'sum', rate(series('tokenLogins'))),
  unit: 'cps',
});
const notifications = lines(29, 'Notifications', {
  question: 'How many events does each notifier deliver per second?',
  queries: overBy(['destination'], 'sum', rate(series('deliveredRecords', notifiers))),
  unit: 'cps',
  noValue: 'no notifiers',
});
const backlog = lines(30, 'Notification backlog', {
  question: 'How many events has each notifier still to deliver?',
  queries: overBy(['destination'], 'max', series('deliveryBehind', notifiers)),
  noValue: 'no notifiers',
});

export const delivery: readonly Row[] = [
  row(7, up, depth, age),
  row(8, delivered, failures, duration, deadLetters),
  row(8, token, logins, notifications, backlog),
];
