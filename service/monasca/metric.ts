import type { Heartbeat } from '../contract/heartbeat.ts';
import { encodeDimensionValue } from './dimension-value.ts';
import { valueMeta } from './value-meta.ts';

/** Names of the metric in Monasca and of its three dimensions. */
export type MetricNames = {
  readonly metricName: string;
  readonly dimensionNames: {
    readonly name: string;
    readonly version: string;
    readonly instance: string;
  };
};

/** Body of Monasca's `POST /v2.0/metrics`. Hot path: it runs for every heartbeat. */
export function metricsBody(batch: readonly Heartbeat[], names: MetricNames): string {
  return JSON.stringify(batch.map((heartbeat) => metricOf(heartbeat, names)));
}

function metricOf(heartbeat: Heartbeat, { metricName, dimensionNames }: MetricNames): object {
  const meta = heartbeat.meta && valueMeta(heartbeat.meta);
  return {
    name: metricName,
    dimensions: {
      [dimensionNames.name]: encodeDimensionValue(heartbeat.name),
      [dimensionNames.version]: encodeDimensionValue(heartbeat.version),
      [dimensionNames.instance]: encodeDimensionValue(heartbeat.instance),
    },
    timestamp: heartbeat.timestampMs,
    value: 1,
    ...(meta ? { value_meta: meta } : {}),
  };
}
