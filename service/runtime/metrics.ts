import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricDefinition, type MetricKey, metricDefinitions } from '../contract/metrics.ts';

type Instrument<Kind> = Kind extends 'counter' ? Counter : Kind extends 'gauge' ? Gauge : Histogram;

/** The instruments of one service, by the keys of `metricDefinitions`. */
export type Metrics = {
  readonly [Key in MetricKey]: Instrument<(typeof metricDefinitions)[Key]['kind']>;
} & {
  /** Lets a gauge mirror state: `read` runs at each scrape and sets the gauge. */
  mirror(key: GaugeKey, read: (gauge: Gauge) => void | Promise<void>): void;
  /** Lets a counter follow a total that somebody else keeps: `read` runs at each scrape. */
  follow(key: CounterKey, labels: Readonly<Record<string, string>>, read: () => number): void;
  /** A counter to add to on a hot path: a plain number that is handed over at each scrape. */
  tally(key: CounterKey, labels: Readonly<Record<string, string>>): Tally;
  /** The whole registry in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
};

export type Tally = { add(count: number): void };

type CounterKey = {
  [Key in MetricKey]: (typeof metricDefinitions)[Key]['kind'] extends 'counter' ? Key : never;
}[MetricKey];

type GaugeKey = {
  [Key in MetricKey]: (typeof metricDefinitions)[Key]['kind'] extends 'gauge' ? Key : never;
}[MetricKey];

/**
 * Makes a registry of its own with every metric of the table, and Node's process metrics. The one
 * place that knows prom-client.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const mirrors = new Map<string, (gauge: Gauge) => void | Promise<void>>();
  const handOver: (() => void)[] = [];
  collectDefaultMetrics({ register: registry });

  // TypeScript does not see a table through `fromEntries`: each key's kind decides, see `instrument`.
  const instruments = Object.fromEntries(
    Object.entries(metricDefinitions).map(([key, definition]) => [
      key,
      instrument(definition, registry, (gauge) => mirrors.get(key)?.(gauge)),
    ]),
  ) as { [Key in MetricKey]: Instrument<(typeof metricDefinitions)[Key]['kind']> };

  return {
    ...instruments,
    mirror: (key, read) => void mirrors.set(key, read),
    tally(key, labels) {
      let sum = 0;
      const counter = instruments[key];
      handOver.push(() => {
        counter.inc(labels, sum);
        sum = 0;
      });
      return {
        add(count) {
          sum += count;
        },
      };
    },
    follow(key, labels, read) {
      let seen = 0;
      const counter = instruments[key];
      counter.inc(labels, 0);
      handOver.push(() => {
        const total = read();
        counter.inc(labels, Math.max(0, total - seen));
        seen = Math.max(seen, total);
      });
    },
    render() {
      for (const hand of handOver) hand();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function instrument(
  { name, kind, help, labels, buckets }: MetricDefinition,
  registry: Registry,
  mirror: (gauge: Gauge) => void | Promise<void>,
): Counter | Gauge | Histogram {
  const common = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  switch (kind) {
    case 'counter': {
      const counter = new Counter(common);
      // Begins at 0 and not at the first event, so that a rate over it is right from the start.
      for (const known of combinations(labels)) counter.inc(known, 0);
      return counter;
    }
    case 'gauge':
      return new Gauge({
        ...common,
        collect() {
          return mirror(this);
        },
      });
    case 'histogram': {
      const histogram = new Histogram(buckets ? { ...common, buckets: [...buckets] } : common);
      for (const known of combinations(labels)) histogram.zero(known);
      return histogram;
    }
  }
}

/** Every combination of the values that closed labels take; none where a label is not closed. */
function combinations(labels: MetricDefinition['labels']): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (known, [label, values]) =>
      known.flatMap((one) =>
        typeof values === 'string' ? [] : values.map((value) => ({ ...one, [label]: value })),
      ),
    [{}],
  );
}
