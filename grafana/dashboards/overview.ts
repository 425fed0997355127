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

const activeNow = stat({
  id: 1,
  title: 'Active instances',
  question:
    'How many instances are alive now? Those that are late count, those that are down do not.',
  queries: over(`sum(${active})`, 'active'),
  hasGraph: true,
  thresholds: steps('red', [1, 'green']),
});
const enablersNow = stat({
  id: 2,
  title: 'Generic Enablers',
  question: 'How many Generic Enablers have at least one active instance now?',
  queries: now(`count(sum by (name) (${active}) > 0) or vector(0)`, 'Generic Enablers'),
  thresholds: steps('red', [1, 'green']),
});
const versionsNow = stat({
  id: 3,
  title: 'Versions',
  question: 'How many versions of Generic Enablers are active now?',
  queries: now(`count(${active} > 0) or vector(0)`, 'versions'),
  thresholds: steps('text'),
});
const lateNow = stat({
  id: 4,
  title: 'Late',
  question: 'Of how many instances is a heartbeat overdue, of all Generic Enablers?',
  queries: over(`sum(${series('instances', 'state="late"')})`, 'late'),
  hasGraph: true,
  thresholds: steps('green', [1, 'yellow']),
});
const downNow = stat({
  id: 5,
  title: 'Down',
  question: 'How many instances are believed dead now?',
  queries: over(`sum(${down})`, 'down'),
  hasGraph: true,
  thresholds: steps('green', [1, 'red']),
});
const oldest = stat({
  id: 6,
  title: 'Oldest heartbeat',
  question: 'How long has the most silent of the active instances been silent?',
  queries: over(`max(${series('oldestBeatSeconds')})`, 'age'),
  unit: 's',
  noValue: 'none',
  hasGraph: true,
  thresholds: steps('green', [120, 'yellow'], [300, 'red']),
});

const activeOverTime = counts({
  id: 7,
  title: 'Active instances by Generic Enabler and version',
  question:
    'How many instances of which Generic Enabler, in which version, ran when, and how many at most?',
  queries: overBy(['name', 'version'], 'sum', active),
  hasTable: true,
});

const components = table({
  id: 8,
  title: 'Generic Enablers now',
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

const silent = table({
  id: 9,
  title: 'Silent instances',
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

const eventsOverTime = bars({
  id: 10,
  title: 'Events',
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
    row(
      4,
      [4, activeNow],
      [4, enablersNow],
      [4, versionsNow],
      [4, lateNow],
      [4, downNow],
      [4, oldest],
    ),
    row(10, [24, activeOverTime]),
    row(9, [12, components], [12, silent]),
    row(
      8,
      [12, eventsOverTime],
      [8, alertList({ id: 11, title: 'Alerts', question: 'What needs somebody now?' })],
      [
        4,
        text(
          { id: 12, title: 'How to read this', question: 'What do the words mean?' },
          'An instance is **late** after two intervals without a heartbeat, **down** after four, unless a rule says otherwise; late ones still count as active.\n\nWho says goodbye is **retired** and raises no alarm.\n\nThe other dashboards are in the menu at the top right.',
        ),
      ],
    ),
  ],
});
