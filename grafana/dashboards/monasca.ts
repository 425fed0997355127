import { row } from '../panels/layout.ts';
import { counts, heading, table, text } from '../panels/panels.ts';
import { column, namedBy } from '../panels/style.ts';
import { activeOver, activeRows, chartStep, differenceRows } from '../queries/active.ts';
import { activeInMonasca, instancesInMonasca, measurementsInMonasca } from '../queries/monasca.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { choice, componentInMonasca, dataSources, job, monascaSource } from './variables.ts';

const style = { hasTable: true, noValue: 'Monasca has nothing' } as const;
const source = { source: 'monasca' } as const;

const throughUs = counts(1, 'Active instances, asked through the service', {
  question: 'How many instances of which version were active, by what Monasca has?',
  queries: activeOver({ by: ['name', 'version'], step: chartStep, parameters: source }),
  interval: '1m',
  displayName: namedBy('name', 'version'),
  ...style,
});
const totals = table(2, 'Who was there, by Monasca', {
  question: 'Which versions were active in the range of time, in how many instances?',
  queries: activeRows({ by: ['name', 'version'], parameters: source }),
  decimals: 0,
  noValue: 'Monasca has nothing',
  sortBy: 'Distinct instances',
});
const differences = table(7, 'Where the service and Monasca differ', {
  question: 'In which steps does Monasca say something else than the ledger? The newest may lag.',
  queries: differenceRows(chartStep),
  decimals: 0,
  noValue: 'they agree',
  interval: '1m',
  overrides: [column('Period', { unit: 'dateTimeAsIso' })],
  sortBy: 'Period',
});
const straight = counts(3, 'Active instances, asked of Monasca itself', {
  question: 'How many instances of which version sent anything in each period?',
  queries: activeInMonasca,
  displayName: namedBy('name', 'version'),
  ...style,
});
const beats = counts(4, 'Measurements', {
  question: 'How many heartbeats of each instance have come to Monasca in each period?',
  queries: measurementsInMonasca,
  displayName: namedBy('name', 'version', 'instance'),
  ...style,
});
const instances = table(5, 'Instances in Monasca', {
  question: 'Who has sent anything in the range of time?',
  queries: instancesInMonasca,
  noValue: 'Monasca has nothing',
  sortBy: 'Generic Enabler',
  isDescending: false,
});

export const monasca: Dashboard = dashboard({
  uid: 'heartbeat-monasca',
  title: 'Heartbeat / Monasca',
  description:
    'The same counts as Monasca has stored them, through the service and straight from Monasca.',
  refresh: '1m',
  variables: [
    ...dataSources,
    job,
    monascaSource,
    componentInMonasca,
    choice('period', 'Period', { '1 minute': '60', '5 minutes': '300', '1 hour': '3600' }),
  ],
  rows: [
    row(1, heading(100, 'Through the service: needs no access to Monasca')),
    row(10, [14, throughUs], [10, totals]),
    row(8, differences),
    row(1, [
      24,
      heading(101, 'Straight from Monasca: needs an application credential of Keystone'),
    ]),
    row(10, [14, straight], [10, beats]),
    row(
      9,
      [14, instances],
      [
        10,
        text(
          6,
          'How to read this',
          'Why may the numbers differ?',
          'A **period** should be no shorter than the interval of the heartbeats: who beats every minute is missing from some periods of half a minute.\n\nThe service counts who was there **between** two heartbeats; Monasca only has the heartbeats themselves.\n\nMonasca gives at most 10,000 rows: choose a longer period for a long range of time.',
        ),
      ],
    ),
  ],
});
