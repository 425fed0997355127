import { type Row, row } from '../../panels/layout.ts';
import { lines } from '../../panels/panels.ts';
import { over, overBy, rate, selector, series } from '../../queries/prometheus.ts';

const blind = lines(60, 'Blind time', {
  question: 'When could the service not receive heartbeats? Blind time does not count as absence.',
  queries: overBy(['cause'], 'sum', rate(series('blindSeconds'))),
  unit: 'percentunit',
});
const evaluation = lines(61, 'Liveness evaluation', {
  question: 'Does evaluation run on time, and how long does it take?',
  queries: [
    over(`max(${series('evaluationAgeSeconds')})`, 'since the last evaluation'),
    over(`max(${series('evaluationSeconds')})`, 'duration'),
    over(`max(${series('evaluationLagSeconds')})`, 'delay'),
  ],
  unit: 's',
});
const known = lines(62, 'Known instances', {
  question: 'How many instances does the service know, by state?',
  queries: overBy(['state'], 'sum', series('instances')),
  isStacked: true,
});
const hidden = lines(63, 'Hidden components', {
  question: 'How many components exceed metrics.maxComponents and have no series?',
  queries: [
    over(`sum(${series('hiddenComponents')})`, 'components'),
    over(`sum(${series('hiddenActiveInstances')})`, 'their active instances'),
  ],
});
const cpu = lines(64, 'CPU', {
  question: 'How many CPU cores does the process use?',
  queries: overBy(['instance'], 'sum', rate(selector('process_cpu_seconds_total'))),
  unit: 'percentunit',
});
const memory = lines(65, 'Memory', {
  question: 'How much memory does the process use?',
  queries: [
    over(`sum(${selector('process_resident_memory_bytes')})`, 'resident'),
    over(`sum(${selector('nodejs_heap_size_used_bytes')})`, 'heap used'),
    over(`sum(${selector('nodejs_external_memory_bytes')})`, 'external'),
  ],
  unit: 'bytes',
});
const lag = lines(66, 'Event loop lag', {
  question: 'How long does the event loop delay the processing of heartbeats?',
  queries: [
    over(`max(${selector('nodejs_eventloop_lag_p50_seconds')})`, 'median'),
    over(`max(${selector('nodejs_eventloop_lag_p99_seconds')})`, '99th percentile'),
  ],
  unit: 's',
});
const garbage = lines(67, 'Garbage collection', {
  question: 'What share of the time does garbage collection take, by kind?',
  queries: overBy(['kind'], 'sum', rate(selector('nodejs_gc_duration_seconds_sum'))),
  unit: 'percentunit',
});

export const service: readonly Row[] = [
  row(7, blind, evaluation, known, hidden),
  row(7, cpu, memory, lag, garbage),
];
