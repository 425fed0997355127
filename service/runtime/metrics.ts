import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricDefinition, type MetricKey, metricDefinitions } from '../contract/metrics.ts';

type Instrument<Kind> = Kind extends 'counter' ? Counter : Kind extends 'gauge' ? Gauge : Histogram;

/** The instruments of one service, by the keys of `metricDefinitions`. */
export type Metrics = {
  readonly [Key in MetricKey]: Instrument<(typeof metricDefinitions)[Key]['kind']>;
} & {
  /** Lets a gauge mirror state: `read` runs at each scrape and sets the gauge. */
  mirror(key: GaugeKey, read: (gauge: Gauge) => void): void;
  /** The whole registry in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
};

type GaugeKey = {
  [Key in MetricKey]: (typeof metricDefinitions)[Key]['kind'] extends 'gauge' ? Key : never;
}[MetricKey];

/**
 * Makes a registry of its own with every metric of the table, and Node's process metrics. The one
 * place that knows prom-client.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const mirrors = new Map<string, (gauge: Gauge) => void>();
  collectDefaultMetrics({ register: registry });

  const instruments = Object.fromEntries(
    Object.entries(metricDefinitions).map(([key, definition]) => [
      key,
      instrument(definition, registry, (gauge) => mirrors.get(key)?.(gauge)),
    ]),
  ) as { [Key in MetricKey]: Instrument<(typeof metricDefinitions)[Key]['kind']> };

  return {
    ...instruments,
    mirror: (key, read) => void mirrors.set(key, read),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function instrument(
  { name, kind, help, labels, buckets }: MetricDefinition,
  registry: Registry,
  mirror: (gauge: Gauge) => void,
): Counter | Gauge | Histogram {
  const common = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  switch (kind) {
    case 'counter':
      return new Counter(common);
    case 'gauge':
      return new Gauge({
        ...common,
        collect() {
          mirror(this);
        },
      });
    case 'histogram':
      return new Histogram(buckets ? { ...common, buckets: [...buckets] } : common);
  }
}
