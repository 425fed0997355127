import { row } from '../panels/layout.ts';
import { bars, table, text } from '../panels/panels.ts';
import { column, namedBy } from '../panels/style.ts';
import { activeOver, activeRows } from '../queries/active.ts';
import { placeholder } from '../sources/names.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { choice, componentInLedger, dataSources, job } from './variables.ts';

const step = placeholder('step');

const atOnce = bars(1, 'Most instances at the same time', {
  question: 'How many instances of which version ran at the same time at most, in each period?',
  queries: activeOver({ by: ['name', 'version'], step }, 'max'),
  displayName: namedBy('name', 'version'),
  hasTable: true,
  noValue: 'nobody was active',
});
const distinct = bars(2, 'Distinct instances', {
  question: 'How many different instances of which Generic Enabler were active in each period?',
  queries: activeOver({ by: ['name'], step }),
  displayName: namedBy('name'),
  hasTable: true,
  noValue: 'nobody was active',
});
const byPeriod = table(3, 'Active Generic Enablers by period', {
  question:
    'Which Generic Enablers, in which versions, were active in which period? To be exported.',
  queries: activeRows({ by: ['name', 'version'], step, parameters: { zeros: 'false' } }),
  decimals: 0,
  noValue: 'nobody was active',
  overrides: [column('Period', { unit: 'dateTimeAsIso' })],
  sortBy: 'Period',
});
const totals = table(4, 'Over the whole range of time', {
  question: 'Which versions were active at all, in how many instances, and how many at once?',
  queries: activeRows({ by: ['name', 'version'] }),
  decimals: 0,
  noValue: 'nobody was active',
  sortBy: 'Distinct instances',
});
const byEnabler = table(5, 'By Generic Enabler', {
  question: 'The same, with all versions of a Generic Enabler together?',
  queries: activeRows({ by: ['name'] }),
  decimals: 0,
  noValue: 'nobody was active',
  sortBy: 'Distinct instances',
});

export const analyst: Dashboard = dashboard({
  uid: 'heartbeat-analyst',
  title: 'Heartbeat / Analyst',
  description:
    'Which Generic Enablers were active in each day, week or month, from the ledger of the service: exact for every heartbeat that it took, however late.',
  from: 'now-30d',
  refresh: '',
  timezone: 'utc',
  variables: [
    ...dataSources,
    job,
    choice('step', 'Period', { Day: '1d', Week: '1w', Month: '1mo' }),
    componentInLedger,
  ],
  rows: [
    row(10, atOnce, distinct),
    row(10, totals, byEnabler),
    row(
      12,
      [18, byPeriod],
      [
        6,
        text(
          6,
          'How to export',
          'How do these numbers get into a spreadsheet?',
          'In the menu of a table: **Inspect → Data → Download CSV**.\n\nWithout Grafana: `GET /api/v1/active?from=now-30d&step=1d&by=name,version&format=csv`.\n\nPeriods are days, weeks from Monday on, and months, in UTC.',
        ),
      ],
    ),
  ],
});
