import { row } from '../panels/layout.ts';
import { activeTable, counts, heatmap, lines, stat, table, timeline } from '../panels/panels.ts';
import { availabilitySteps, column, namedBy, steps, texts } from '../panels/style.ts';
import { activeOver, activeRows, availabilityRows, chartStep } from '../queries/active.ts';
import { isSelected, jsonata, strings, tableOf, timeRange, times } from '../queries/infinity.ts';
import {
  active,
  buckets,
  down,
  groupBy,
  heat,
  increase,
  now,
  over,
  overBy,
  selectedComponents,
  series,
} from '../queries/prometheus.ts';
import { heartbeatApi } from '../sources/names.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { component, dataSources, instance, job, version } from './variables.ts';

const ofInstances = [...selectedComponents, 'instance_id=~"$instance"'] as const;

const activeNow = stat(1, 'Active now', {
  question: 'How many instances of the selected Generic Enablers are active?',
  queries: over(`sum(${active})`, 'active'),
  thresholds: steps('red', [1, 'green']),
});
const mostActive = stat(2, 'Maximum', {
  question: 'How many instances were active at once, at most? Sampled; the table below is exact.',
  queries: now(`max_over_time(sum(${active})[$__range:$__interval])`, 'at most'),
  hasGraph: false,
});
const downNow = stat(3, 'Down now', {
  question: 'How many instances of the selected Generic Enablers are down?',
  queries: over(`sum(${down})`, 'down'),
  thresholds: steps('green', [1, 'red']),
});
const availability = stat(4, 'Availability', {
  question: 'In what share of the time range did each Generic Enabler have an active instance?',
  queries: now(
    `avg_over_time((sum by (name) (${active}) > bool 0)[$__range:$__interval])`,
    '{{name}}',
  ),
  unit: 'percentunit',
  decimals: 2,
  noValue: 'none',
  isNamed: true,
  thresholds: availabilitySteps,
  hasGraph: false,
});

const states = timeline(5, 'State of each instance', {
  question:
    'When was each instance up, late, down or retired? Requires `metrics.instances: true` and a scrape of /metrics/instances.',
  queries: overBy(
    ['name', 'version', 'instance_id'],
    'max',
    series('instanceState', ...ofInstances),
  ),
  noValue: 'not scraped',
  mappings: texts({
    0: ['up', 'green'],
    1: ['late', 'yellow'],
    2: ['down', 'red'],
    3: ['retired', 'gray'],
  }),
  thresholds: steps('green', [1, 'yellow'], [2, 'red'], [3, 'gray']),
});
const presence = timeline(6, 'Presence of each instance', {
  question: 'When was each instance active? From the ledger: includes heartbeats sent late.',
  queries: activeOver({
    by: ['name', 'version', 'instance'],
    step: chartStep,
    parameters: { zeros: 'false' },
  }),
  noValue: 'no active instances',
  displayName: namedBy('name', 'version', 'instance'),
  interval: '1m',
  mappings: texts({ 1: ['active', 'green'] }),
  thresholds: steps('green'),
});

const versions = counts(7, 'Versions', {
  question: 'When did one version replace another?',
  queries: overBy(['name', 'version'], 'sum', active),
  hasTable: true,
});
const intervals = heatmap(8, 'Time between heartbeats, all Generic Enablers', {
  question: 'How regular are heartbeats? A second band shows lost heartbeats.',
  queries: heat(groupBy('sum', ['le'], increase(buckets('betweenBeatsSeconds')))),
  unit: 's',
  noValue: 'no heartbeats',
  interval: '1m',
});
const ages = lines(9, 'Age of the last heartbeat', {
  question:
    'How old is the last heartbeat of each instance? Requires `metrics.instances: true` and a scrape of /metrics/instances.',
  queries: overBy(['name', 'version', 'instance_id'], 'max', series('instanceAge', ...ofInstances)),
  unit: 's',
  noValue: 'not scraped',
});
const totals = activeTable(10, 'Active instances by version', {
  question: 'How many instances of each version were active, in total and at once?',
  queries: activeRows({ by: ['name', 'version'] }),
  sortBy: 'At the same time',
});
const availabilities = table(12, 'Availability of each version', {
  question:
    'How long were enough instances of each version active, and how long was the longest outage?',
  queries: availabilityRows,
  noValue: 'no active instances',
  overrides: [
    column('Availability', {
      unit: 'percentunit',
      'custom.cellOptions': { type: 'color-text' },
      thresholds: availabilitySteps,
    }),
    column('Longest outage', { unit: 's' }),
    column('Blind time', { unit: 's' }),
  ],
  sortBy: 'Availability',
  isDescending: false,
});
const events = table(11, 'Events', {
  question: 'Which events did the selected Generic Enablers have, newest first?',
  queries: tableOf({
    datasource: heartbeatApi,
    path: '/api/v1/events',
    parameters: { ...timeRange, limit: '1000' },
    root: jsonata(`events[${isSelected('data.name')}]`),
    columns: [
      times({ Time: 'time' }),
      strings({
        Event: 'data.kind',
        'Generic Enabler': 'data.name',
        Version: 'data.version',
        Instance: 'data.instance',
        Reason: 'data.reason',
      }),
    ],
  }),
  noValue: 'no events',
  overrides: [column('Time', { 'custom.width': 180 })],
  sortBy: 'Time',
});

export const genericEnabler: Dashboard = dashboard({
  uid: 'heartbeat-generic-enabler',
  title: 'Heartbeat / Generic Enabler',
  description: 'Instances, versions and availability of the selected Generic Enablers.',
  variables: [...dataSources, job, component, version, instance],
  rows: [
    row(4, [5, activeNow], [5, mostActive], [5, downNow], [9, availability]),
    row(9, states),
    row(9, presence),
    row(9, versions, intervals),
    row(9, ages, totals),
    row(9, availabilities),
    row(10, events),
  ],
});
