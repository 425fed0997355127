import { type Row, row } from '../../panels/layout.ts';
import { lines, stat } from '../../panels/panels.ts';
import { column, steps } from '../../panels/style.ts';
import { over, overBy, quantile, rate, series } from '../../queries/prometheus.ts';

const up = stat(1, 'Service', {
  question: 'Is the service there to be asked?',
  queries: over('min(up{job=~"$job"})', 'up'),
  unit: 'bool_yes_no',
  noValue: 'not scraped',
  thresholds: steps('red', [1, 'green']),
});
const perSecond = stat(2, 'Heartbeats', {
  question: 'How many heartbeats are taken in a second now?',
  queries: over(`sum(${rate(series('accepted'))})`, 'accepted'),
  unit: 'cps',
  hasGraph: true,
});
const refused = stat(3, 'Refused', {
  question: 'How many heartbeats are refused in a second now?',
  queries: over(`sum(${rate(series('rejected'))})`, 'refused'),
  unit: 'cps',
  hasGraph: true,
  thresholds: steps('green', [0.01, 'yellow'], [1, 'red']),
});
const waiting = stat(4, 'Waiting', {
  question: 'How many heartbeats wait for delivery, as a part of what may wait?',
  queries: over(
    `max(${series('outboxRecords')} / on (job, instance) group_left () ${series('outboxLimit')})`,
    'waiting',
  ),
  unit: 'percentunit',
  noValue: 'none',
  hasGraph: true,
  thresholds: steps('green', [0.5, 'yellow'], [0.8, 'red']),
});
const oldest = stat(5, 'Oldest that waits', {
  question: 'How late is delivery?',
  queries: over(`max(${series('outboxAgeSeconds')})`, 'age'),
  unit: 's',
  noValue: 'none',
  hasGraph: true,
  thresholds: steps('green', [60, 'yellow'], [600, 'red']),
});
const room = stat(6, 'Room on the disk', {
  question: 'How much room is left for the data?',
  queries: over(`min(${series('diskFreeBytes')})`, 'free'),
  unit: 'bytes',
  noValue: 'none',
  thresholds: steps('red', [268_435_456, 'yellow'], [1_073_741_824, 'green']),
});

const taken = lines(7, 'Heartbeats', {
  question: 'How many heartbeats come in a second, by the protocol they speak?',
  queries: overBy(['profile'], 'sum', rate(series('received'))),
  unit: 'cps',
  isStacked: true,
});
const errors = lines(8, 'Refused heartbeats', {
  question: 'Why are heartbeats refused?',
  queries: [
    over(`sum by (reason) (${rate(series('rejected'))}) > 0`, '{{reason}}'),
    over(`sum(${rate(series('skewed'))}) > 0`, 'from the future'),
  ],
  unit: 'cps',
  noValue: 'none is refused',
});
const answers = lines(9, 'HTTP answers', {
  question: 'With which class of status are requests answered?',
  queries: overBy(['status'], 'sum', rate(series('httpRequests'))),
  unit: 'reqps',
  overrides: [column('5xx', { color: { mode: 'fixed', fixedColor: 'red' } })],
});
const durable = lines(10, 'Time until a heartbeat is on disk', {
  question: 'How long does a commit take, which every answer waits for?',
  queries: [
    over(quantile(0.5, 'commitSeconds'), 'half of them'),
    over(quantile(0.99, 'commitSeconds'), '99 %'),
  ],
  unit: 's',
});

export const ingest: readonly Row[] = [
  row(4, up, perSecond, refused, waiting, oldest, room),
  row(8, taken, errors, answers, durable),
];
