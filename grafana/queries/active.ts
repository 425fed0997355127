import { heartbeatApi, placeholder } from '../sources/names.ts';
import type { InfinityQuery } from '../types/query.ts';
import {
  isSelected,
  jsonata,
  numbers,
  seriesOf,
  strings,
  tableOf,
  timeRange,
  times,
} from './infinity.ts';

/** Active instances over time, from the API: by the ledger, or by what Monasca has stored. */
export type Grouping = {
  readonly by: readonly ('name' | 'version' | 'instance')[];
  /** Length of a step; without it, totals over the time range. */
  readonly step?: string;
  readonly parameters?: Readonly<Record<string, string>>;
};

/** Distance between two points of a chart. */
export const chartStep = placeholder('__interval');

const request = ({ by, step, parameters = {} }: Grouping) => ({
  datasource: heartbeatApi,
  path: '/api/v1/active' as const,
  parameters: {
    ...timeRange,
    by: by.join(','),
    ...(step === undefined ? {} : { step }),
    ...parameters,
  },
  root: by.includes('name') ? jsonata(`$[${isSelected('name')}]`) : '',
});

/** A line for each group. */
export const activeOver = (
  grouping: Grouping & { readonly step: string },
  count: 'active' | 'max' = 'active',
): InfinityQuery =>
  seriesOf({
    ...request(grouping),
    columns: [
      times({ time: 'time' }),
      strings(Object.fromEntries(grouping.by.map((key) => [key, key]))),
      numbers({ active: count }),
    ],
  });

const headings = { name: 'Generic Enabler', version: 'Version', instance: 'Instance' } as const;
const component = strings({ [headings.name]: 'name', [headings.version]: 'version' });

/** A row for each group, and for each step if there are any. */
export const activeRows = (grouping: Grouping): InfinityQuery =>
  tableOf({
    ...request(grouping),
    columns: [
      grouping.step === undefined ? [] : times({ Period: 'time' }),
      strings(Object.fromEntries(grouping.by.map((key) => [headings[key], key]))),
      numbers({
        'Distinct instances': 'active',
        'At the same time': 'max',
        Started: 'started',
        Ended: 'ended',
      }),
    ],
  });

/** Steps in which the ledger and Monasca differ. */
export const differenceRows = (step: string): InfinityQuery =>
  tableOf({
    ...request({
      by: ['name', 'version'],
      step,
      parameters: { source: 'monasca', compare: 'true' },
    }),
    columns: [
      times({ Period: 'time' }),
      component,
      numbers({
        Ledger: 'ledger',
        Monasca: 'monasca',
        'Monasca minus ledger': 'difference',
      }),
    ],
  });

/** Share of the time range in which each component was available, a row each. */
export const availabilityRows: InfinityQuery = tableOf({
  datasource: heartbeatApi,
  path: '/api/v1/availability',
  parameters: { ...timeRange, by: 'component' },
  root: jsonata(`availability[${isSelected('name')}]`),
  columns: [
    component,
    numbers({
      Availability: 'availability',
      Outages: 'outages',
      'Longest outage': 'longestOutageSeconds',
      'Blind time': 'blindSeconds',
    }),
    times({ Since: 'since' }),
  ],
});
