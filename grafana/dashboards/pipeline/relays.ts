import { type Row, row } from '../../panels/layout.ts';
import { lines } from '../../panels/panels.ts';
import { over, overBy, rate, series } from '../../queries/prometheus.ts';

const gates = lines(70, 'Relays: gates', {
  question: 'Which gates are open (1) or closed (0)?',
  queries: overBy(['relay'], 'min', series('relayOpen')),
});
const missing = lines(71, 'Relays: missing sources and bypasses', {
  question: 'How many critical sources are missing, and which gates does a bypass hold open?',
  queries: [
    overBy(['relay'], 'max', series('relayMissing')),
    over(`max by (relay) (${series('relayBypassed')})`, '{{relay}}, bypass'),
  ],
});
const emissions = lines(72, 'Relays: emissions', {
  question: 'How many heartbeats per second does each relay send, by result?',
  queries: overBy(['relay', 'result'], 'sum', rate(series('relayEmissions'))),
});

export const relays: readonly Row[] = [row(7, gates, missing, emissions)];
