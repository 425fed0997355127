import { type Row, row } from '../../panels/layout.ts';
import { lines, timeline } from '../../panels/panels.ts';
import { byThresholds, steps, words } from '../../panels/style.ts';
import { over, quantile, rate, series } from '../../queries/prometheus.ts';

const destination = '{{destination}}';
const notifiers = 'destination=~"notifier.+"';

const up = timeline({
  id: 20,
  title: 'Destinations',
  question: 'When did which destination take what it was given, and when not?',
  targets: [over('A', `min by (destination) (${series('deliveryUp')})`, destination)],
  noValue: 'nothing is delivered',
  color: byThresholds,
  mappings: [words({ '0': ['outage', 'red'], '1': ['well', 'green'] })],
  thresholds: steps('red', [1, 'green']),
});
const depth = lines({
  id: 21,
  title: 'Waiting heartbeats',
  question: 'How many heartbeats wait for the slowest reader, and does the backlog drain?',
  targets: [over('A', `sum by (stream) (${series('outboxRecords')})`, '{{stream}}')],
  decimals: 0,
});
const age = lines({
  id: 22,
  title: 'Age of the oldest that waits',
  question: 'How late is delivery, and does it catch up?',
  targets: [over('A', `max by (stream) (${series('outboxAgeSeconds')})`, '{{stream}}')],
  unit: 's',
});
const delivered = lines({
  id: 23,
  title: 'Delivered',
  question: 'How much does each destination take in a second?',
  targets: [over('A', `sum by (destination) (${rate(series('deliveredRecords'))})`, destination)],
  unit: 'cps',
});
const failures = lines({
  id: 24,
  title: 'Failed attempts',
  question: 'Why do attempts at delivery fail?',
  targets: [
    over(
      'A',
      `sum by (destination, reason) (${rate(series('deliveryFailures'))}) > 0`,
      '{{destination}}: {{reason}}',
    ),
  ],
  unit: 'cps',
  noValue: 'none fails',
});
const duration = lines({
  id: 25,
  title: 'Time of an attempt',
  question: 'How long do destinations take to answer?',
  targets: [over('A', quantile(0.99, 'deliverySeconds', ['destination']), '{{destination}}, 99 %')],
  unit: 's',
});
const refused = lines({
  id: 26,
  title: 'Dead letters',
  question: 'How many records are kept that their destination refuses for good?',
  targets: [over('A', `sum by (destination) (${series('deadLetters')})`, destination)],
  decimals: 0,
});
const token = lines({
  id: 27,
  title: 'Life of the token',
  question: 'Is the token of Keystone renewed before it ends?',
  targets: [over('A', `min(${series('tokenExpirySeconds')})`, 'left')],
  unit: 's',
});
const logins = lines({
  id: 28,
  title: 'Logins',
  question: 'Does Keystone give tokens, and how often is it asked?',
  targets: [over('A', `sum by (result) (${rate(series('tokenLogins'))})`, '{{result}}')],
  unit: 'cps',
});
const told = lines({
  id: 29,
  title: 'Notifications',
  question: 'How many events reach those who have to know, by notifier?',
  targets: [
    over('A', `sum by (destination) (${rate(series('deliveredRecords', notifiers))})`, destination),
  ],
  unit: 'cps',
  noValue: 'no notifier is configured',
});
const untold = lines({
  id: 30,
  title: 'Notifications that wait',
  question: 'How far is each notifier behind?',
  targets: [
    over('A', `max by (destination) (${series('deliveryBehind', notifiers)})`, destination),
  ],
  decimals: 0,
  noValue: 'no notifier is configured',
});

export const delivery: readonly Row[] = [
  row(7, [8, up], [8, depth], [8, age]),
  row(8, [6, delivered], [6, failures], [6, duration], [6, refused]),
  row(8, [6, token], [6, logins], [6, told], [6, untold]),
];
