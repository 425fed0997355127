import { type Row, row } from '../../panels/layout.ts';
import { lines } from '../../panels/panels.ts';
import { over, rate, selector, series } from '../../queries/prometheus.ts';

const blind = lines({
  id: 60,
  title: 'Blind time',
  question: 'When could the service not listen, and why? Nobody is called dead for that time.',
  targets: [over('A', `sum by (cause) (${rate(series('blindSeconds'))})`, '{{cause}}')],
  unit: 'percentunit',
});
const looking = lines({
  id: 61,
  title: 'Looking for silence',
  question: 'Is silence looked for in time, and what does it cost?',
  targets: [
    over('A', `max(${series('evaluationAgeSeconds')})`, 'since the last look'),
    over('B', `max(${series('evaluationSeconds')})`, 'work of a look'),
    over('C', `max(${series('evaluationLagSeconds')})`, 'later than planned'),
  ],
  unit: 's',
});
const known = lines({
  id: 62,
  title: 'Known instances',
  question: 'How many instances does the service know, by state?',
  targets: [over('A', `sum by (state) (${series('instances')})`, '{{state}}')],
  decimals: 0,
  isStacked: true,
});
const hidden = lines({
  id: 63,
  title: 'Not shown',
  question: 'How much has no series of its own, because there are more than metrics.maxComponents?',
  targets: [
    over('A', `sum(${series('hiddenComponents')})`, 'components'),
    over('B', `sum(${series('hiddenActiveInstances')})`, 'their active instances'),
  ],
  decimals: 0,
});
const cpu = lines({
  id: 64,
  title: 'Processor',
  question: 'How many cores does the process take?',
  targets: [
    over('A', `sum by (instance) (${rate(selector('process_cpu_seconds_total'))})`, '{{instance}}'),
  ],
  unit: 'percentunit',
});
const memory = lines({
  id: 65,
  title: 'Memory',
  question: 'How much memory does the process take?',
  targets: [
    over('A', `sum(${selector('process_resident_memory_bytes')})`, 'resident'),
    over('B', `sum(${selector('nodejs_heap_size_used_bytes')})`, 'heap in use'),
    over('C', `sum(${selector('nodejs_external_memory_bytes')})`, 'outside the heap'),
  ],
  unit: 'bytes',
});
const lag = lines({
  id: 66,
  title: 'Lag of the event loop',
  question: 'For how long does anything keep heartbeats waiting in the process?',
  targets: [
    over('A', `max(${selector('nodejs_eventloop_lag_p50_seconds')})`, 'half of the time'),
    over('B', `max(${selector('nodejs_eventloop_lag_p99_seconds')})`, '99 %'),
  ],
  unit: 's',
});
const garbage = lines({
  id: 67,
  title: 'Garbage collection',
  question: 'How much of the time goes into collecting garbage, by kind?',
  targets: [
    over('A', `sum by (kind) (${rate(selector('nodejs_gc_duration_seconds_sum'))})`, '{{kind}}'),
  ],
  unit: 'percentunit',
});

export const service: readonly Row[] = [
  row(7, [6, blind], [6, looking], [6, known], [6, hidden]),
  row(7, [6, cpu], [6, memory], [6, lag], [6, garbage]),
];
