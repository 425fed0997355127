import { type Row, row } from '../../panels/layout.ts';
import { lines, timeline } from '../../panels/panels.ts';
import { byThresholds, mapping, steps } from '../../panels/style.ts';
import { over, overBy, quantile, rate, series } from '../../queries/prometheus.ts';

const notifiers = 'destination=~"notifier.+"';

const up = timeline(20, 'Destinations', {
  question: 'When did which destination take what it was given, and when not?',
  queries: overBy(['destination'], 'min', series('deliveryUp')),
  noValue: 'nothing is delivered',
  color: byThresholds,
  mappings: [mapping({ '0': ['outage', 'red'], '1': ['well', 'green'] })],
  thresholds: steps('red', [1, 'green']),
});
const depth = lines(21, 'Waiting heartbeats', {
  question: 'How many heartbeats wait for the slowest reader, and does the backlog drain?',
  queries: overBy(['stream'], 'sum', series('outboxRecords')),
  decimals: 0,
});
const age = lines(22, 'Age of the oldest that waits', {
  question: 'How late is delivery, and does it catch up?',
  queries: overBy(['stream'], 'max', series('outboxAgeSeconds')),
  unit: 's',
});
const delivered = lines(23, 'Delivered', {
  question: 'How much does each destination take in a second?',
  queries: overBy(['destination'], 'sum', rate(series('deliveredRecords'))),
  unit: 'cps',
});
const failures = lines(24, 'Failed attempts', {
  question: 'Why do attempts at delivery fail?',
  queries: over(
    `sum by (destination, reason) (${rate(series('deliveryFailures'))}) > 0`,
    '{{destination}}: {{reason}}',
  ),
  unit: 'cps',
  noValue: 'none fails',
});
const duration = lines(25, 'Time of an attempt', {
  question: 'How long do destinations take to answer?',
  queries: over(quantile(0.99, 'deliverySeconds', 'destination'), '{{destination}}, 99 %'),
  unit: 's',
});
const refused = lines(26, 'Dead letters', {
  question: 'How many records are kept that their destination refuses for good?',
  queries: overBy(['destination'], 'sum', series('deadLetters')),
  decimals: 0,
});
const token = lines(27, 'Life of the token', {
  question: 'Is the token of Keystone renewed before it ends?',
  queries: over(`min(${series('tokenExpirySeconds')})`, 'left'),
  unit: 's',
});
const logins = lines(28, 'Logins', {
  question: 'Does Keystone give tokens, and how often is it asked?',
  queries: overBy(['result'], 'sum', rate(series('tokenLogins'))),
  unit: 'cps',
});
const told = lines(29, 'Notifications', {
  question: 'How many events reach those who have to know, by notifier?',
  queries: overBy(['destination'], 'sum', rate(series('deliveredRecords', notifiers))),
  unit: 'cps',
  noValue: 'no notifier is configured',
});
const untold = lines(30, 'Notifications that wait', {
  question: 'How far is each notifier behind?',
  queries: overBy(['destination'], 'max', series('deliveryBehind', notifiers)),
  decimals: 0,
  noValue: 'no notifier is configured',
});

export const delivery: readonly Row[] = [
  row(7, up, depth, age),
  row(8, delivered, failures, duration, refused),
  row(8, token, logins, told, untold),
];
