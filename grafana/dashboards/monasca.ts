import { row } from '../panels/layout.ts';
import { activeTable, counts, heading, table, text } from '../panels/panels.ts';
import { column, namedBy } from '../panels/style.ts';
import { activeOver, activeRows, chartStep, differenceRows } from '../queries/active.ts';
import { activeInMonasca, instancesInMonasca, measurementsInMonasca } from '../queries/monasca.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { choice, componentInMonasca, dataSources, job, monascaSource } from './variables.ts';

const style = { hasTable: true, noValue: 'no data in Monasca' } as const;
const source = { source: 'monasca' } as const;

const throughService = counts(1, 'Active instances, through the service', {
  question: 'How many instances of each version were active, by the metrics in Monasca?',
  queries: activeOver({ by: ['name', 'version'], step: chartStep, parameters: source }),
  interval: '1m',
  displayName: namedBy('name', 'version'),
  ...style,
});
const totals = activeTable(2, 'Active instances by version', {
  question: 'Which versions were active, in how many instances?',
  queries: activeRows({ by: ['name', 'version'], parameters: source }),
  noValue: 'no data in Monasca',
  sortBy: 'Distinct instances',
});
const differences = table(7, 'Differences between the service and Monasca', {
  question: 'In which steps do the ledger and Monasca differ? The newest steps may lag.',
  queries: differenceRows(chartStep),
  decimals: 0,
  noValue: 'no differences',
  interval: '1m',
  overrides: [column('Period', { unit: 'dateTimeAsIso' })],
  sortBy: 'Period',
});
const direct = counts(3, 'Active instances, directly from Monasca', {
  question: 'How many instances of each version have a measurement in each period?',
  queries: activeInMonasca,
  displayName: namedBy('name', 'version'),
  ...style,
});
const measurements = counts(4, 'Measurements', {
  question: 'How many heartbeats of each instance has Monasca stored in each period?',
  queries: measurementsInMonasca,
  displayName: namedBy('name', 'version', 'instance'),
  ...style,
});
const instances = table(5, 'Instances in Monasca', {
  question: 'Which instances have a measurement in the time range?',
  queries: instancesInMonasca,
  noValue: 'no data in Monasca',
  sortBy: 'Generic Enabler',
  isDescending: false,
});

export const monasca: Dashboard = dashboard({
  uid: 'heartbeat-monasca',
  title: 'Heartbeat / Monasca',
  description: 'Counts by the metrics in Monasca, through the service and directly from Monasca.',
  refresh: '1m',
  variables: [
    ...dataSources,
    job,
    monascaSource,
    componentInMonasca,
    choice('period', 'Period', { '1 minute': '60', '5 minutes': '300', '1 hour': '3600' }),
  ],
  rows: [
    row(1, heading(100, 'Through the service: requires no access to Monasca')),
    row(10, [14, throughService], [10, totals]),
    row(8, differences),
    row(1, [24, heading(101, 'Directly from Monasca: requires a Keystone application credential')]),
    row(10, [14, direct], [10, measurements]),
    row(
      9,
      [14, instances],
      [
        10,
        text(
          6,
          'How to read this',
          'Why can the numbers differ?',
          'A **period** must not be shorter than the interval of the heartbeats: an instance that sends one a minute is missing from some periods of half a minute.\n\nThe service counts an instance as active **between** two heartbeats. Monasca stores only the heartbeats.\n\nMonasca returns at most 10,000 rows: for a long time range, select a longer period.',
        ),
      ],
    ),
  ],
});
