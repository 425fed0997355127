import { type Row, row } from '../../panels/layout.ts';
import { counts } from '../../panels/panels.ts';
import { activeOver, chartStep } from '../../queries/active.ts';

const style = { displayName: 'active', interval: '1m' } as const;

const ledger = counts(40, 'The service says', {
  question: 'How many instances were active, by what the service took?',
  queries: activeOver({ by: [], step: chartStep }),
  noValue: 'nobody was active',
  ...style,
});
const stored = counts(41, 'Monasca says', {
  question:
    'How many instances were active, by what has come to Monasca? The newest points may lag.',
  queries: activeOver({ by: [], step: chartStep, parameters: { source: 'monasca' } }),
  noValue: 'Monasca has nothing',
  ...style,
});

export const parity: readonly Row[] = [row(8, ledger, stored)];
