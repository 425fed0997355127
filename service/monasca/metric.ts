import type { Heartbeat } from '../contract/heartbeat.ts';
import { encodeDimensionValue } from './dimension-value.ts';
import { valueMeta } from './value-meta.ts';

/** What Monasca is to call a heartbeat's metric and the three parts of its identity. */
export type MetricNames = {
  readonly metricName: string;
  readonly dimensionNames: {
    readonly name: string;
    readonly version: string;
    readonly instance: string;
  };
};

/** Heartbeats as the body of Monasca's `POST /v2.0/metrics`. It runs for every one of them. */
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
