import { row } from '../panels/layout.ts';
import { lines, table } from '../panels/panels.ts';
import { column, namedBy } from '../panels/style.ts';
import { heading, text } from '../panels/words.ts';
import { activeOver, activeRows, chartStep, differenceRows } from '../queries/active.ts';
import { activeInMonasca, beatsInMonasca, seriesInMonasca } from '../queries/monasca.ts';
import type { Dashboard } from '../schema/dashboard.ts';
import { dashboard } from './frame.ts';
import { choice, dataSources, enablerInMonasca, job, monascaSource } from './variables.ts';

const stepped = {
  decimals: 0,
  isStepped: true,
  isStacked: true,
  legend: 'table',
  noValue: 'Monasca has nothing',
} as const;
const source = { source: 'monasca' } as const;

const throughUs = lines({
  id: 1,
  title: 'Active instances, asked through the service',
  question: 'How many instances of which version were active, by what Monasca has?',
  targets: [activeOver('A', { by: ['name', 'version'], step: chartStep, parameters: source })],
  interval: '1m',
  displayName: namedBy('name', 'version'),
  ...stepped,
});
const totals = table({
  id: 2,
  title: 'Who was there, by Monasca',
  question: 'Which versions were active in the range of time, in how many instances?',
  targets: [activeRows('A', { by: ['name', 'version'], parameters: source })],
  decimals: 0,
  noValue: 'Monasca has nothing',
  sortBy: 'Distinct instances',
});
const differences = table({
  id: 7,
  title: 'Where the service and Monasca differ',
  question: 'In which steps does Monasca say something else than the ledger? The newest may lag.',
  targets: [differenceRows('A', chartStep)],
  decimals: 0,
  noValue: 'they agree',
  interval: '1m',
  overrides: [column('Period', { id: 'unit', value: 'dateTimeAsIso' })],
  sortBy: 'Period',
});
const straight = lines({
  id: 3,
  title: 'Active instances, asked of Monasca itself',
  question: 'How many instances of which version sent anything in each period?',
  targets: [activeInMonasca('A')],
  displayName: namedBy('name', 'version'),
  ...stepped,
});
const beats = lines({
  id: 4,
  title: 'Measurements',
  question: 'How many heartbeats of each instance have come to Monasca in each period?',
  targets: [beatsInMonasca('A')],
  displayName: namedBy('name', 'version', 'instance'),
  ...stepped,
});
const instances = table({
  id: 5,
  title: 'Instances in Monasca',
  question: 'Who has sent anything in the range of time?',
  targets: [seriesInMonasca('A')],
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
    enablerInMonasca,
    choice('period', 'Period', { '1 minute': '60', '5 minutes': '300', '1 hour': '3600' }),
  ],
  rows: [
    row(1, [24, heading(100, 'Through the service: needs no access to Monasca')]),
    row(10, [14, throughUs], [10, totals]),
    row(8, [24, differences]),
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
          { id: 6, title: 'How to read this', question: 'Why may the numbers differ?' },
          'A **period** should be no shorter than the interval of the heartbeats: who beats every minute is missing from some periods of half a minute.\n\nThe service counts who was there **between** two heartbeats; Monasca only has the heartbeats themselves.\n\nMonasca gives at most 10,000 rows: choose a longer period for a long range of time.',
        ),
      ],
    ),
  ],
});
