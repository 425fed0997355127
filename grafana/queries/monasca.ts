import type { InfinityTarget } from '../schema/target.ts';
import {
  type Ask,
  ask,
  askOver,
  isChosen,
  jsonata,
  monasca,
  numbers,
  range,
  strings,
  times,
} from './infinity.ts';
import { placeholder } from './placeholder.ts';

/**
 * Straight from Monasca, whose answer has an element for each series, thus for each instance. Never
 * grouped by `name` alone: with InfluxDB behind it, Monasca answers that with 500.
 */
const statistics = (root: string): Omit<Ask, 'columns'> => ({
  datasource: monasca,
  path: '/v2.0/metrics/statistics',
  parameters: {
    name: 'GE_Heartbeat',
    statistics: 'count',
    period: placeholder('period'),
    group_by: '*',
    start_time: range.from,
    end_time: range.to,
  },
  root,
});

/** A row for each instance and period in which it sent something. */
const beats =
  'elements.($d := dimensions; statistics.{"time": $[0], "name": $d.name, "version": $d.version, "instance": $d.instance, "beats": $[1]})';
const chosenBeats = `${beats}[${isChosen('name')}]`;

/**
 * An instance counts once in a period, however often it sent something: rows are instances. Of no
 * rows JSONata makes one group without a time, which is left out.
 */
const counted = jsonata(
  `(${chosenBeats}){time & "|" & name & "|" & version: {"time": (time)[0], "name": (name)[0], "version": (version)[0], "active": $count(time)}}.*[time]^(time)`,
);

export const activeInMonasca = (refId: string): InfinityTarget =>
  askOver(refId, {
    ...statistics(counted),
    columns: [
      ...times({ time: 'time' }),
      ...strings({ name: 'name', version: 'version' }),
      ...numbers({ active: 'active' }),
    ],
  });

/** How many measurements there are of each instance, over time. */
export const beatsInMonasca = (refId: string): InfinityTarget =>
  askOver(refId, {
    ...statistics(jsonata(`${chosenBeats}^(time)`)),
    columns: [
      ...times({ time: 'time' }),
      ...strings({ name: 'name', version: 'version', instance: 'instance' }),
      ...numbers({ beats: 'beats' }),
    ],
  });

/** Who has sent anything in the range of time. */
export const seriesInMonasca = (refId: string): InfinityTarget =>
  ask(refId, {
    datasource: monasca,
    path: '/v2.0/metrics',
    parameters: { name: 'GE_Heartbeat', start_time: range.from, end_time: range.to },
    root: jsonata(`elements.dimensions[${isChosen('name')}]`),
    columns: strings({ 'Generic Enabler': 'name', Version: 'version', Instance: 'instance' }),
  });
