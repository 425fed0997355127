import { type Row, row } from '../../panels/layout.ts';
import { counts } from '../../panels/panels.ts';
import { activeOver, chartStep } from '../../queries/active.ts';

const style = { displayName: 'active', interval: '1m' } as const;

const ledger = counts(40, 'Active instances, by the ledger', {
  question: 'How many instances were active, by the heartbeats that the service accepted?',
  queries: activeOver({ by: [], step: chartStep }),
  ...style,
});
const stored = counts(41, 'Active instances, by Monasca', {
  question: 'How many instances were active, by the metrics in Monasca? The newest points may lag.',
  queries: activeOver({ by: [], step: chartStep, parameters: { source: 'monasca' } }),
  noValue: 'no data in Monasca',
  ...style,
});

export const parity: readonly Row[] = [row(8, ledger, stored)];
