import { type Row, row } from '../../panels/layout.ts';
import { lines, stat } from '../../panels/panels.ts';
import { column, steps } from '../../panels/style.ts';
import { over, overBy, quantile, rate, series } from '../../queries/prometheus.ts';

const up = stat({
  id: 1,
  title: 'Service',
  question: 'Is the service there to be asked?',
  queries: over('min(up{job=~"$job"})', 'up'),
  unit: 'bool_yes_no',
  noValue: 'not scraped',
  thresholds: steps('red', [1, 'green']),
});
const perSecond = stat({
  id: 2,
  title: 'Heartbeats',
  question: 'How many heartbeats are taken in a second now?',
  queries: over(`sum(${rate(series('accepted'))})`, 'accepted'),
  unit: 'cps',
  hasGraph: true,
});
const refused = stat({
  id: 3,
  title: 'Refused',
  question: 'How many heartbeats are refused in a second now?',
  queries: over(`sum(${rate(series('rejected'))})`, 'refused'),
  unit: 'cps',
  hasGraph: true,
  thresholds: steps('green', [0.01, 'yellow'], [1, 'red']),
});
const waiting = stat({
  id: 4,
  title: 'Waiting',
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
const oldest = stat({
  id: 5,
  title: 'Oldest that waits',
  question: 'How late is delivery?',
  queries: over(`max(${series('outboxAgeSeconds')})`, 'age'),
  unit: 's',
  noValue: 'none',
  hasGraph: true,
  thresholds: steps('green', [60, 'yellow'], [600, 'red']),
});
const room = stat({
  id: 6,
  title: 'Room on the disk',
  question: 'How much room is left for the data?',
  queries: over(`min(${series('diskFreeBytes')})`, 'free'),
  unit: 'bytes',
  noValue: 'none',
  thresholds: steps('red', [268_435_456, 'yellow'], [1_073_741_824, 'green']),
});

const taken = lines({
  id: 7,
  title: 'Heartbeats',
  question: 'How many heartbeats come in a second, by the protocol they speak?',
  queries: overBy(['profile'], 'sum', rate(series('received'))),
  unit: 'cps',
  isStacked: true,
});
const errors = lines({
  id: 8,
  title: 'Refused heartbeats',
  question: 'Why are heartbeats refused?',
  queries: [
    over(`sum by (reason) (${rate(series('rejected'))}) > 0`, '{{reason}}'),
    over(`sum(${rate(series('skewed'))}) > 0`, 'from the future'),
  ],
  unit: 'cps',
  noValue: 'none is refused',
});
const answers = lines({
  id: 9,
  title: 'HTTP answers',
  question: 'With which class of status are requests answered?',
  queries: overBy(['status'], 'sum', rate(series('httpRequests'))),
  unit: 'reqps',
  overrides: [column('5xx', { color: { mode: 'fixed', fixedColor: 'red' } })],
});
const durable = lines({
  id: 10,
  title: 'Time until a heartbeat is on disk',
  question: 'How long does a commit take, which every answer waits for?',
  queries: [
    over(quantile(0.5, 'commitSeconds'), 'half of them'),
    over(quantile(0.99, 'commitSeconds'), '99 %'),
  ],
  unit: 's',
});

export const ingest: readonly Row[] = [
  row(4, [4, up], [4, perSecond], [4, refused], [4, waiting], [4, oldest], [4, room]),
  row(8, [6, taken], [6, errors], [6, answers], [6, durable]),
];
