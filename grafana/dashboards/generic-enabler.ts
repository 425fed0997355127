import { row } from '../panels/layout.ts';
import { heatmap, lines, stat, table, timeline } from '../panels/panels.ts';
import { byThresholds, column, namedBy, steps, words } from '../panels/style.ts';
import { activeOver, activeRows, availabilityRows, chartStep } from '../queries/active.ts';
import {
  ask,
  heartbeatApi,
  isChosen,
  jsonata,
  range,
  strings,
  times,
} from '../queries/infinity.ts';
import { buckets, chosen, heat, increase, now, over, series } from '../queries/prometheus.ts';
import type { Dashboard } from '../schema/dashboard.ts';
import { dashboard } from './frame.ts';
import { dataSources, enabler, instance, job, version } from './variables.ts';

const active = series('activeInstances', ...chosen);
const ofInstances = [...chosen, 'instance_id=~"$instance"'] as const;

const activeNow = stat({
  id: 1,
  title: 'Active now',
  question: 'How many instances of the chosen Generic Enablers are alive now?',
  targets: [over('A', `sum(${active})`, 'active')],
  noValue: '0',
  hasGraph: true,
  thresholds: steps('red', [1, 'green']),
});
const mostActive = stat({
  id: 2,
  title: 'Most at once',
  question:
    'How many instances ran at the same time at most, in the range of time? Sampled; exact is the table below.',
  targets: [now('A', `max_over_time(sum(${active})[$__range:$__interval])`, 'at most')],
  noValue: '0',
});
const downNow = stat({
  id: 3,
  title: 'Down now',
  question: 'How many instances of the chosen Generic Enablers are believed dead?',
  targets: [over('A', `sum(${series('downInstances', ...chosen)})`, 'down')],
  noValue: '0',
  hasGraph: true,
  thresholds: steps('green', [1, 'red']),
});
const availability = stat({
  id: 4,
  title: 'Availability',
  question: 'In which part of the range of time was at least one instance of each active?',
  targets: [
    now(
      'A',
      `avg_over_time((sum by (name) (${active}) > bool 0)[$__range:$__interval])`,
      '{{name}}',
    ),
  ],
  unit: 'percentunit',
  decimals: 2,
  noValue: 'none',
  isNamed: true,
  thresholds: steps('red', [0.99, 'yellow'], [0.999, 'green']),
});

const states = timeline({
  id: 5,
  title: 'State of each instance',
  question:
    'When was which instance up, late, down or retired? Needs `metrics.instances: true` and a scrape of /metrics/instances.',
  targets: [
    over(
      'A',
      `max by (name, version, instance_id) (${series('instanceState', ...ofInstances)})`,
      '{{name}} {{version}} {{instance_id}}',
    ),
  ],
  noValue: 'not scraped',
  mappings: [
    words({
      '0': ['up', 'green'],
      '1': ['late', 'yellow'],
      '2': ['down', 'red'],
      '3': ['retired', 'gray'],
    }),
  ],
  thresholds: steps('green', [1, 'yellow'], [2, 'red'], [3, 'gray']),
});
const presence = timeline({
  id: 6,
  title: 'Presence of each instance',
  question: 'When was which instance there? From the ledger: exact, also for what was sent late.',
  targets: [
    activeOver('A', {
      by: ['name', 'version', 'instance'],
      step: chartStep,
      parameters: { zeros: 'false' },
    }),
  ],
  noValue: 'nobody was there',
  displayName: namedBy('name', 'version', 'instance'),
  interval: '1m',
  mappings: [words({ '1': ['there', 'green'] })],
  color: byThresholds,
  thresholds: steps('green'),
});

const versions = lines({
  id: 7,
  title: 'Versions',
  question: 'When did which version take the place of which?',
  targets: [over('A', `sum by (name, version) (${active})`, '{{name}} {{version}}')],
  decimals: 0,
  isStepped: true,
  isStacked: true,
  legend: 'table',
});
const betweenBeats = heatmap({
  id: 8,
  title: 'Time between heartbeats, of all Generic Enablers',
  question: 'How regularly do heartbeats come? A second band shows that heartbeats are lost.',
  targets: [heat('A', `sum by (le) (${increase(buckets('betweenBeatsSeconds'))})`)],
  unit: 's',
  noValue: 'no heartbeats',
  interval: '1m',
});
const ages = lines({
  id: 9,
  title: 'Age of the last heartbeat',
  question:
    'How long is it since each instance was heard? Needs `metrics.instances: true` and a scrape of /metrics/instances.',
  targets: [
    over(
      'A',
      `max by (name, version, instance_id) (${series('instanceAge', ...ofInstances)})`,
      '{{name}} {{version}} {{instance_id}}',
    ),
  ],
  unit: 's',
  noValue: 'not scraped',
});
const totals = table({
  id: 10,
  title: 'Who was there',
  question: 'How many instances of each version ran in the range of time, and how many at once?',
  targets: [activeRows('A', { by: ['name', 'version'] })],
  decimals: 0,
  noValue: 'nobody was there',
  sortBy: 'At the same time',
});
const availabilities = table({
  id: 12,
  title: 'Availability of each version',
  question:
    'In which share of the time were enough instances of each version there, how often not, for how long at most? From the ledger.',
  targets: [availabilityRows('A')],
  noValue: 'nobody was there',
  overrides: [
    column(
      'Availability',
      { id: 'unit', value: 'percentunit' },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
      { id: 'thresholds', value: steps('red', [0.99, 'yellow'], [0.999, 'green']) },
    ),
    column('Longest outage', { id: 'unit', value: 's' }),
    column('We were blind', { id: 'unit', value: 's' }),
  ],
  sortBy: 'Availability',
  isDescending: false,
});
const events = table({
  id: 11,
  title: 'Events',
  question: 'What happened to the chosen Generic Enablers, newest first?',
  targets: [
    ask('A', {
      datasource: heartbeatApi,
      path: '/api/v1/events',
      parameters: { ...range, limit: '1000' },
      root: jsonata(`events[${isChosen('data.name')}]`),
      columns: [
        ...times({ Time: 'time' }),
        ...strings({
          Event: 'data.kind',
          'Generic Enabler': 'data.name',
          Version: 'data.version',
          Instance: 'data.instance',
          What: 'data.reason',
        }),
      ],
    }),
  ],
  noValue: 'nothing happened',
  overrides: [column('Time', { id: 'custom.width', value: 180 })],
  sortBy: 'Time',
});

export const genericEnabler: Dashboard = dashboard({
  uid: 'heartbeat-generic-enabler',
  title: 'Heartbeat / Generic Enabler',
  description:
    'One Generic Enabler or some: its instances one by one, its versions, how well it was.',
  variables: [...dataSources, job, enabler, version, instance],
  rows: [
    row(4, [5, activeNow], [5, mostActive], [5, downNow], [9, availability]),
    row(9, [24, states]),
    row(9, [24, presence]),
    row(9, [12, versions], [12, betweenBeats]),
    row(9, [12, ages], [12, totals]),
    row(9, [24, availabilities]),
    row(10, [24, events]),
  ],
});
