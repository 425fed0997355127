import { type Row, row } from '../../panels/layout.ts';
import { lines, stat } from '../../panels/panels.ts';
import { column, steps } from '../../panels/style.ts';
import { over, overBy, quantile, rate, series } from '../../queries/prometheus.ts';

const up = stat(1, 'Service', {
  question: 'Can Prometheus scrape the service?',
  queries: over('min(up{job=~"$job"})', 'up'),
  unit: 'bool_yes_no',
  noValue: 'not scraped',
  thresholds: steps('red', [1, 'green']),
  hasGraph: false,
});
const perSecond = stat(2, 'Heartbeats', {
  question: 'How many heartbeats are accepted per second?',
  queries: over(`sum(${rate(series('accepted'))})`, 'accepted'),
  unit: 'cps',
});
const rejected = stat(3, 'Rejected', {
  question: 'How many heartbeats are rejected per second?',
  queries: over(`sum(${rate(series('rejected'))})`, 'rejected'),
  unit: 'cps',
  thresholds: steps('green', [0.01, 'yellow'], [1, 'red']),
});
const outbox = stat(4, 'Outbox', {
  question: 'What share of the outbox is in use?',
  queries: over(
    `max(${series('outboxRecords')} / on (job, instance) group_left () ${series('outboxLimit')})`,
    'in use',
  ),
  unit: 'percentunit',
  noValue: 'none',
  thresholds: steps('green', [0.5, 'yellow'], [0.8, 'red']),
});
const delay = stat(5, 'Delivery delay', {
  question: 'How long has the oldest undelivered heartbeat waited?',
  queries: over(`max(${series('outboxAgeSeconds')})`, 'age'),
  unit: 's',
  noValue: 'none',
  thresholds: steps('green', [60, 'yellow'], [600, 'red']),
});
const disk = stat(6, 'Free disk space', {
  question: 'How much disk space is left for the data?',
  queries: over(`min(${series('diskFreeBytes')})`, 'free'),
  unit: 'bytes',
  noValue: 'none',
  thresholds: steps('red', [268_435_456, 'yellow'], [1_073_741_824, 'green']),
  hasGraph: false,
});

const received = lines(7, 'Heartbeats by profile', {
  question: 'How many heartbeats are received per second, by profile?',
  queries: overBy(['profile'], 'sum', rate(series('received'))),
  unit: 'cps',
  isStacked: true,
});
const reasons = lines(8, 'Rejected heartbeats', {
  question: 'Why are heartbeats rejected?',
  queries: [
    over(`sum by (reason) (${rate(series('rejected'))}) > 0`, '{{reason}}'),
    over(`sum(${rate(series('skewed'))}) > 0`, 'timestamp in the future'),
  ],
  unit: 'cps',
  noValue: 'none rejected',
});
const responses = lines(9, 'HTTP responses', {
  question: 'How many responses are sent per second, by class of status?',
  queries: overBy(['status'], 'sum', rate(series('httpRequests'))),
  unit: 'reqps',
  overrides: [column('5xx', { color: { mode: 'fixed', fixedColor: 'red' } })],
});
const commits = lines(10, 'Commit time', {
  question: 'How long does a commit take? Every response waits for one.',
  queries: [
    over(quantile(0.5, 'commitSeconds'), 'median'),
    over(quantile(0.99, 'commitSeconds'), '99th percentile'),
  ],
  unit: 's',
});

export const ingest: readonly Row[] = [
  row(4, up, perSecond, rejected, outbox, delay, disk),
  row(8, received, reasons, responses, commits),
];
