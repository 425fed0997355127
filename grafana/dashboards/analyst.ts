import { row } from '../panels/layout.ts';
import { activeTable, bars, text } from '../panels/panels.ts';
import { column, namedBy } from '../panels/style.ts';
import { activeOver, activeRows } from '../queries/active.ts';
import { placeholder } from '../sources/names.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { choice, componentInLedger, dataSources, job } from './variables.ts';

const step = placeholder('step');

const most = bars(1, 'Most instances at the same time', {
  question: 'How many instances of each version were active at once, at most, in each period?',
  queries: activeOver({ by: ['name', 'version'], step }, 'max'),
  displayName: namedBy('name', 'version'),
  hasTable: true,
});
const distinct = bars(2, 'Distinct instances', {
  question: 'How many different instances of each Generic Enabler were active in each period?',
  queries: activeOver({ by: ['name'], step }),
  displayName: namedBy('name'),
  hasTable: true,
});
const byPeriod = activeTable(3, 'Active Generic Enablers by period', {
  question: 'Which Generic Enablers and versions were active in each period? For export.',
  queries: activeRows({ by: ['name', 'version'], step, parameters: { zeros: 'false' } }),
  overrides: [column('Period', { unit: 'dateTimeAsIso' })],
  sortBy: 'Period',
});
const totals = activeTable(4, 'Totals by version', {
  question: 'How many instances of each version were active, in total and at once?',
  queries: activeRows({ by: ['name', 'version'] }),
  sortBy: 'Distinct instances',
});
const byComponent = activeTable(5, 'Totals by Generic Enabler', {
  question: 'How many instances of each Generic Enabler were active, all versions together?',
  queries: activeRows({ by: ['name'] }),
  sortBy: 'Distinct instances',
});

export const analyst: Dashboard = dashboard({
  uid: 'heartbeat-analyst',
  title: 'Heartbeat / Analyst',
  description:
    'Active Generic Enablers by day, week or month. From the ledger: includes heartbeats sent late.',
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
    row(10, most, distinct),
    row(10, totals, byComponent),
    row(
      12,
      [18, byPeriod],
      [
        6,
        text(
          6,
          'How to export',
          'How can a spreadsheet import these numbers?',
          'In the menu of a table: **Inspect → Data → Download CSV**.\n\nWithout Grafana: `GET /api/v1/active?from=now-30d&step=1d&by=name,version&format=csv`.\n\nPeriods are days, weeks that begin on Monday, and months, in UTC.',
        ),
      ],
    ),
  ],
});
