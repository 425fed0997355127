import { row } from '../panels/layout.ts';
import { alertList, bars, counts, stat, table, text } from '../panels/panels.ts';
import { arrange, column, steps, texts } from '../panels/style.ts';
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
  question: 'How many instances are active? Late instances count, down instances do not.',
  queries: over(`sum(${active})`, 'active'),
  thresholds: steps('red', [1, 'green']),
});
const componentsNow = stat(2, 'Generic Enablers', {
  question: 'How many Generic Enablers have at least one active instance?',
  queries: now(`count(sum by (name) (${active}) > 0) or vector(0)`, 'Generic Enablers'),
  thresholds: steps('red', [1, 'green']),
  hasGraph: false,
});
const versionsNow = stat(3, 'Versions', {
  question: 'How many versions of Generic Enablers are active?',
  queries: now(`count(${active} > 0) or vector(0)`, 'versions'),
  hasGraph: false,
});
const lateNow = stat(4, 'Late', {
  question: 'How many instances are late, of all Generic Enablers?',
  queries: over(`sum(${series('instances', 'state="late"')})`, 'late'),
  thresholds: steps('green', [1, 'yellow']),
});
const downNow = stat(5, 'Down', {
  question: 'How many instances are down?',
  queries: over(`sum(${down})`, 'down'),
  thresholds: steps('green', [1, 'red']),
});
const notOkNow = stat(20, 'Not OK', {
  question: 'How many live instances report that something is wrong with them?',
  queries: over(`sum(${series('notOkInstances')})`, 'not ok'),
  thresholds: steps('green', [1, 'yellow']),
});
const oldest = stat(6, 'Oldest heartbeat', {
  question: 'How old is the oldest last heartbeat of the active instances?',
  queries: over(`max(${series('oldestBeatSeconds')})`, 'age'),
  unit: 's',
  noValue: 'none',
  thresholds: steps('green', [120, 'yellow'], [300, 'red']),
});

const activeOverTime = counts(7, 'Active instances by Generic Enabler and version', {
  question: 'How many instances of each version were active, and how many at most?',
  queries: overBy(['name', 'version'], 'sum', active),
  hasTable: true,
});

const components = table(8, 'Generic Enablers now', {
  question: 'Which Generic Enablers and versions are known, with how many instances?',
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

const absent = table(9, 'Late and down instances', {
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
      numbers({ 'Since last heartbeat': 'ageSeconds' }),
      times({ 'Last heartbeat': 'lastBeat' }),
    ],
  }),
  noValue: 'no late or down instances',
  overrides: [
    column('Since last heartbeat', { unit: 's' }),
    column('Last heartbeat', { unit: 'dateTimeFromNow' }),
    column('State', {
      'custom.cellOptions': { type: 'color-text' },
      mappings: texts({ late: ['late', 'yellow'], down: ['down', 'red'] }),
    }),
  ],
  sortBy: 'Since last heartbeat',
});

const eventsOverTime = bars(10, 'Events', {
  question: 'Which events occurred, and when?',
  queries: over(`sum by (kind) (${increase(series('events'))}) > 0`, '{{kind}}'),
  noValue: 'no events',
});

export const overview: Dashboard = dashboard({
  uid: 'heartbeat-overview',
  title: 'Heartbeat / Overview',
  description: 'Active Generic Enablers, their instances and versions, now and over time.',
  variables: [...dataSources, job, component, version],
  rows: [
    row(
      4,
      [4, activeNow],
      [4, componentsNow],
      [3, versionsNow],
      [3, lateNow],
      [3, downNow],
      [3, notOkNow],
      [4, oldest],
    ),
    row(10, activeOverTime),
    row(9, components, absent),
    row(
      8,
      [12, eventsOverTime],
      [8, alertList(11, 'Alerts', 'Which alerts require action?')],
      [
        4,
        text(
          12,
          'How to read this',
          'What do the states mean?',
          'An instance is **late** after two intervals without a heartbeat and **down** after four, unless a rule sets other thresholds. Late instances count as active.\n\nAn instance that reports `stopping` is **retired** and raises no alert.\n\nThe menu at the top right opens the other dashboards.',
        ),
      ],
    ),
  ],
});
