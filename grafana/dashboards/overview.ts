import { row } from '../panels/layout.ts';
import { alertList, bars, counts, stat, table, text } from '../panels/panels.ts';
import { arrange, column, mapping, steps } from '../panels/style.ts';
import { isSelected, jsonata, numbers, strings, tableOf, times } from '../queries/infinity.ts';
import {
  active,
  down,
  groupBy,
  increase,
  now,
  over,
  overBy,
  rows,
  series,
} from '../queries/prometheus.ts';
import { heartbeatApi } from '../sources/names.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { component, dataSources, job, version } from './variables.ts';

const activeNow = stat(1, 'Active instances', {
  question:
    'How many instances are alive now? Those that are late count, those that are down do not.',
  queries: over(`sum(${active})`, 'active'),
  hasGraph: true,
  thresholds: steps('red', [1, 'green']),
});
const enablersNow = stat(2, 'Generic Enablers', {
  question: 'How many Generic Enablers have at least one active instance now?',
  queries: now(`count(sum by (name) (${active}) > 0) or vector(0)`, 'Generic Enablers'),
  thresholds: steps('red', [1, 'green']),
});
const versionsNow = stat(3, 'Versions', {
  question: 'How many versions of Generic Enablers are active now?',
  queries: now(`count(${active} > 0) or vector(0)`, 'versions'),
  thresholds: steps('text'),
});
const lateNow = stat(4, 'Late', {
  question: 'Of how many instances is a heartbeat overdue, of all Generic Enablers?',
  queries: over(`sum(${series('instances', 'state="late"')})`, 'late'),
  hasGraph: true,
  thresholds: steps('green', [1, 'yellow']),
});
const downNow = stat(5, 'Down', {
  question: 'How many instances are believed dead now?',
  queries: over(`sum(${down})`, 'down'),
  hasGraph: true,
  thresholds: steps('green', [1, 'red']),
});
const oldest = stat(6, 'Oldest heartbeat', {
  question: 'How long has the most silent of the active instances been silent?',
  queries: over(`max(${series('oldestBeatSeconds')})`, 'age'),
  unit: 's',
  noValue: 'none',
  hasGraph: true,
  thresholds: steps('green', [120, 'yellow'], [300, 'red']),
});

const activeOverTime = counts(7, 'Active instances by Generic Enabler and version', {
  question:
    'How many instances of which Generic Enabler, in which version, ran when, and how many at most?',
  queries: overBy(['name', 'version'], 'sum', active),
  hasTable: true,
});

const components = table(8, 'Generic Enablers now', {
  question: 'Which Generic Enablers and versions are there, with how many instances?',
  queries: [
    rows(groupBy('sum', ['name', 'version'], active)),
    rows(groupBy('sum', ['name', 'version'], down)),
  ],
  decimals: 0,
  transformations: [
    { id: 'merge', options: {} },
    arrange({
      name: 'Generic Enabler',
      version: 'Version',
      'Value #A': 'Active',
      'Value #B': 'Down',
    }),
  ],
  overrides: [
    column('Down', {
      'custom.cellOptions': { type: 'color-text' },
      thresholds: steps('text', [1, 'red']),
    }),
  ],
  sortBy: 'Active',
});

const silent = table(9, 'Silent instances', {
  question: 'Which instances are late or down, and since when?',
  queries: tableOf({
    datasource: heartbeatApi,
    path: '/api/v1/instances',
    parameters: { state: 'late,down', limit: '1000' },
    root: jsonata(`instances[${isSelected('name')}]`),
    columns: [
      strings({
        'Generic Enabler': 'name',
        Version: 'version',
        Instance: 'instance',
        State: 'state',
      }),
      numbers({ Silent: 'ageSeconds' }),
      times({ 'Last heartbeat': 'lastBeat' }),
    ],
  }),
  noValue: 'nobody is silent',
  overrides: [
    column('Silent', { unit: 's' }),
    column('Last heartbeat', { unit: 'dateTimeFromNow' }),
    column('State', {
      'custom.cellOptions': { type: 'color-text' },
      mappings: [mapping({ late: ['late', 'yellow'], down: ['down', 'red'] })],
    }),
  ],
  sortBy: 'Silent',
});

const eventsOverTime = bars(10, 'Events', {
  question: 'When did what happen to instances and Generic Enablers?',
  queries: over(`sum by (kind) (${increase(series('events'))}) > 0`, '{{kind}}'),
  noValue: 'nothing happened',
});

export const overview: Dashboard = dashboard({
  uid: 'heartbeat-overview',
  title: 'Heartbeat / Overview',
  description:
    'Which Generic Enablers are alive, in how many instances and versions, now and over time.',
  variables: [...dataSources, job, component, version],
  rows: [
    row(4, activeNow, enablersNow, versionsNow, lateNow, downNow, oldest),
    row(10, activeOverTime),
    row(9, components, silent),
    row(
      8,
      [12, eventsOverTime],
      [8, alertList(11, 'Alerts', 'What needs somebody now?')],
      [
        4,
        text(
          12,
          'How to read this',
          'What do the words mean?',
          'An instance is **late** after two intervals without a heartbeat, **down** after four, unless a rule says otherwise; late ones still count as active.\n\nWho says goodbye is **retired** and raises no alarm.\n\nThe other dashboards are in the menu at the top right.',
        ),
      ],
    ),
  ],
});
