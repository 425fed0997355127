import { type Row, row } from '../../panels/layout.ts';
import { lines } from '../../panels/panels.ts';
import { overBy, rate, series } from '../../queries/prometheus.ts';

const noValue = 'no broker';

const consumers = lines(80, 'Consumers', {
  question: 'Does every consumer receive messages from its queue?',
  queries: overBy(['connection', 'state'], 'sum', series('amqpConsumers')),
  noValue,
});
const messages = lines(81, 'Messages', {
  question: 'How many messages are settled per second, by result?',
  queries: overBy(['connection', 'result'], 'sum', rate(series('amqpMessages'))),
  unit: 'cps',
  noValue,
});
const published = lines(82, 'Published messages', {
  question: 'How many messages are published per second, by result?',
  queries: overBy(['connection', 'result'], 'sum', rate(series('amqpPublished'))),
  unit: 'cps',
  noValue,
});

export const brokers: readonly Row[] = [row(7, consumers, messages, published)];
