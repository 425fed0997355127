import type { InfinityTarget } from '../schema/target.ts';
import {
  type Ask,
  ask,
  askOver,
  heartbeatApi,
  isChosen,
  jsonata,
  numbers,
  range,
  strings,
  times,
} from './infinity.ts';
import { placeholder } from './placeholder.ts';

/** Who was active when, from our API: the ledger's answer, or what Monasca has. */
export type ActiveOptions = {
  readonly by: readonly ('name' | 'version' | 'instance')[];
  /** How long a step is; without it, totals over the range of time. */
  readonly step?: string;
  readonly parameters?: Readonly<Record<string, string>>;
};

/** The step of a chart, as wide as its points are apart. */
export const chartStep = placeholder('__interval');

const query = ({ by, step, parameters = {} }: ActiveOptions): Omit<Ask, 'columns'> => ({
  datasource: heartbeatApi,
  path: '/api/v1/active',
  parameters: {
    ...range,
    by: by.join(','),
    ...(step === undefined ? {} : { step }),
    ...parameters,
  },
  root: by.includes('name') ? jsonata(`$[${isChosen('name')}]`) : '',
});

const labels = { name: 'name', version: 'version', instance: 'instance' } as const;

/** One line for each group. */
export const activeOver = (
  refId: string,
  options: ActiveOptions & { readonly step: string },
  counted: 'active' | 'max' = 'active',
): InfinityTarget =>
  askOver(refId, {
    ...query(options),
    columns: [
      ...times({ time: 'time' }),
      ...options.by.flatMap((key) => strings({ [key]: labels[key] })),
      ...numbers({ active: counted }),
    ],
  });

/** A row for each group, and each step if there are any. */
export const activeRows = (refId: string, options: ActiveOptions): InfinityTarget =>
  ask(refId, {
    ...query(options),
    columns: [
      ...(options.step === undefined ? [] : times({ Period: 'time' })),
      ...options.by.flatMap((key) => strings({ [columnNames[key]]: labels[key] })),
      ...numbers({
        'Distinct instances': 'active',
        'At the same time': 'max',
        Started: 'started',
        Ended: 'ended',
      }),
    ],
  });

const columnNames = { name: 'Generic Enabler', version: 'Version', instance: 'Instance' } as const;

/** Steps in which the ledger and Monasca do not agree: none while all is well. */
export const differenceRows = (refId: string, step: string): InfinityTarget =>
  ask(refId, {
    ...query({
      by: ['name', 'version'],
      step,
      parameters: { source: 'monasca', compare: 'true' },
    }),
    columns: [
      ...times({ Period: 'time' }),
      ...strings({ [columnNames.name]: 'name', [columnNames.version]: 'version' }),
      ...numbers({
        'Service says': 'ledger',
        'Monasca says': 'monasca',
        'Monasca has more': 'difference',
      }),
    ],
  });

/** The share of the range of time in which each component was there, a row each. */
export const availabilityRows = (refId: string): InfinityTarget =>
  ask(refId, {
    datasource: heartbeatApi,
    path: '/api/v1/availability',
    parameters: { ...range, by: 'component' },
    root: jsonata(`availability[${isChosen('name')}]`),
    columns: [
      ...strings({ 'Generic Enabler': 'name', Version: 'version' }),
      ...numbers({ Availability: 'availability', Outages: 'outages' }),
      ...numbers({ 'Longest outage': 'longestOutageSeconds', 'We were blind': 'blindSeconds' }),
      ...times({ Since: 'since' }),
    ],
  });
