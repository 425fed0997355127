import { monasca, placeholder } from '../sources/names.ts';
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

/**
 * Statistics from Monasca, whose response has an element for each series, that is for each instance.
 * Never grouped by `name` alone: on InfluxDB, Monasca rejects that with 500.
 */
const statistics = (root: string) => ({
  datasource: monasca,
  path: '/v2.0/metrics/statistics' as const,
  parameters: {
    name: 'GE_Heartbeat',
    statistics: 'count',
    period: placeholder('period'),
    group_by: '*',
    start_time: timeRange.from,
    end_time: timeRange.to,
  },
  root,
});

/** Characters that Monasca does not store; the service encodes them. `%` is decoded last. */
const encodedCharacters = [...`<>={},'"\\;&|%`];
const encoded = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
const decoded = encodedCharacters.reduce(
  (text, character) => `$replace(${text}, "${encoded(character)}", ${JSON.stringify(character)})`,
  '$v',
);

/** JSONata in which `$plain` is the text of a value of a dimension. */
export const withPlainText = (rows: string): string =>
  `($plain := function($v){${decoded}}; ${rows})`;

/** A row for each instance and period in which Monasca has a measurement of it. */
const measurements = withPlainText(
  `elements.($d := dimensions.{"name": $plain(name), "version": $plain(version), "instance": $plain(instance)}; statistics.{"time": $[0], "name": $d.name, "version": $d.version, "instance": $d.instance, "beats": $[1]})[${isSelected('name')}]`,
);

/**
 * Number of instances by period. An instance counts once a period, however many heartbeats it sent.
 * Of no rows JSONata makes one group without a time, which is left out.
 */
const counted = jsonata(
  `(${measurements}){time & "|" & name & "|" & version: {"time": (time)[0], "name": (name)[0], "version": (version)[0], "active": $count(time)}}.*[time]^(time)`,
);

export const activeInMonasca: InfinityQuery = seriesOf({
  ...statistics(counted),
  columns: [
    times({ time: 'time' }),
    strings({ name: 'name', version: 'version' }),
    numbers({ active: 'active' }),
  ],
});

/** Number of measurements of each instance, over time. */
export const measurementsInMonasca: InfinityQuery = seriesOf({
  ...statistics(jsonata(`${measurements}^(time)`)),
  columns: [
    times({ time: 'time' }),
    strings({ name: 'name', version: 'version', instance: 'instance' }),
    numbers({ beats: 'beats' }),
  ],
});

/** Instances that have a measurement in the time range. */
export const instancesInMonasca: InfinityQuery = tableOf({
  datasource: monasca,
  path: '/v2.0/metrics',
  parameters: { name: 'GE_Heartbeat', start_time: timeRange.from, end_time: timeRange.to },
  root: jsonata(
    withPlainText(
      `elements.dimensions.{"name": $plain(name), "version": $plain(version), "instance": $plain(instance)}[${isSelected('name')}]`,
    ),
  ),
  columns: [strings({ 'Generic Enabler': 'name', Version: 'version', Instance: 'instance' })],
});
