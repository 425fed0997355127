import { type Row, row } from '../../panels/layout.ts';
import { lines } from '../../panels/panels.ts';
import { over, overBy, rate, selector, series } from '../../queries/prometheus.ts';

const blind = lines(60, 'Blind time', {
  question: 'When could the service not listen, and why? Nobody is called dead for that time.',
  queries: overBy(['cause'], 'sum', rate(series('blindSeconds'))),
  unit: 'percentunit',
});
const looking = lines(61, 'Looking for silence', {
  question: 'Is silence looked for in time, and what does it cost?',
  queries: [
    over(`max(${series('evaluationAgeSeconds')})`, 'since the last look'),
    over(`max(${series('evaluationSeconds')})`, 'work of a look'),
    over(`max(${series('evaluationLagSeconds')})`, 'later than planned'),
  ],
  unit: 's',
});
const known = lines(62, 'Known instances', {
  question: 'How many instances does the service know, by state?',
  queries: overBy(['state'], 'sum', series('instances')),
  decimals: 0,
  isStacked: true,
});
const hidden = lines(63, 'Not shown', {
  question: 'How much has no series of its own, because there are more than metrics.maxComponents?',
  queries: [
    over(`sum(${series('hiddenComponents')})`, 'components'),
    over(`sum(${series('hiddenActiveInstances')})`, 'their active instances'),
  ],
  decimals: 0,
});
const cpu = lines(64, 'Processor', {
  question: 'How many cores does the process take?',
  queries: overBy(['instance'], 'sum', rate(selector('process_cpu_seconds_total'))),
  unit: 'percentunit',
});
const memory = lines(65, 'Memory', {
  question: 'How much memory does the process take?',
  queries: [
    over(`sum(${selector('process_resident_memory_bytes')})`, 'resident'),
    over(`sum(${selector('nodejs_heap_size_used_bytes')})`, 'heap in use'),
    over(`sum(${selector('nodejs_external_memory_bytes')})`, 'outside the heap'),
  ],
  unit: 'bytes',
});
const lag = lines(66, 'Lag of the event loop', {
  question: 'For how long does anything keep heartbeats waiting in the process?',
  queries: [
    over(`max(${selector('nodejs_eventloop_lag_p50_seconds')})`, 'half of the time'),
    over(`max(${selector('nodejs_eventloop_lag_p99_seconds')})`, '99 %'),
  ],
  unit: 's',
});
const garbage = lines(67, 'Garbage collection', {
  question: 'How much of the time goes into collecting garbage, by kind?',
  queries: overBy(['kind'], 'sum', rate(selector('nodejs_gc_duration_seconds_sum'))),
  unit: 'percentunit',
});

export const service: readonly Row[] = [
  row(7, blind, looking, known, hidden),
  row(7, cpu, memory, lag, garbage),
];
