import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricDefinition } from '../contract/metrics/definition.ts';
import { type MetricKey, metricDefinitions } from '../contract/metrics.ts';

type Instrument<Kind> = Kind extends 'counter' ? Counter : Kind extends 'gauge' ? Gauge : Histogram;

/** The instruments of one service, by the keys of `metricDefinitions`. */
export type Metrics = {
  readonly [Key in MetricKey]: Instrument<(typeof metricDefinitions)[Key]['kind']>;
} & {
  /** Sets a gauge, or some of its label values, by calling `read` at each scrape. */
  mirror(key: GaugeKey, read: Mirror): void;
  /** Makes a counter follow a total that is kept elsewhere: `read` runs at each scrape. */
  follow(key: CounterKey, labels: Readonly<Record<string, string>>, read: () => number): void;
  /** A counter for hot paths: a plain number, added to the metric at each scrape. */
  hotCounter(key: CounterKey, labels: Readonly<Record<string, string>>): HotCounter;
  /** Returns all metrics in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
};

/** Values of labels that are closed sets once the service is configured. */
type KnownLabels = Readonly<Record<string, readonly string[]>>;

type Mirror = (gauge: Gauge) => void | Promise<void>;

export type HotCounter = { add(count: number): void };

type CounterKey = {
  [Key in MetricKey]: (typeof metricDefinitions)[Key]['kind'] extends 'counter' ? Key : never;
}[MetricKey];

type GaugeKey = {
  [Key in MetricKey]: (typeof metricDefinitions)[Key]['kind'] extends 'gauge' ? Key : never;
}[MetricKey];

/**
 * Creates a registry with every metric of the table, and Node's process metrics. The only file that
 * imports prom-client.
 */
export function createMetrics(known: KnownLabels = { destination: ['monasca'] }): Metrics {
  const registry = new Registry();
  const mirrors = new Map<string, Mirror[]>();
  const beforeScrape: (() => void)[] = [];
  collectDefaultMetrics({ register: registry });

  // `fromEntries` loses the types of the table: `instrument` chooses by the kind of each key.
  const instruments = Object.fromEntries(
    Object.entries(metricDefinitions).map(([key, definition]) => [
      key,
      instrument(definition, known, registry, async (gauge) => {
        for (const read of mirrors.get(key) ?? []) await read(gauge);
      }),
    ]),
  ) as { [Key in MetricKey]: Instrument<(typeof metricDefinitions)[Key]['kind']> };

  return {
    ...instruments,
    mirror: (key, read) => void mirrors.set(key, [...(mirrors.get(key) ?? []), read]),
    hotCounter(key, labels) {
      let sum = 0;
      const counter = instruments[key];
      beforeScrape.push(() => {
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
      beforeScrape.push(() => {
        const total = read();
        counter.inc(labels, Math.max(0, total - seen));
        seen = Math.max(seen, total);
      });
    },
    render() {
      for (const update of beforeScrape) update();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function instrument(
  { name, kind, help, labels, buckets }: MetricDefinition,
  known: KnownLabels,
  registry: Registry,
  mirror: Mirror,
): Counter | Gauge | Histogram {
  const common = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  switch (kind) {
    case 'counter': {
      const counter = new Counter(common);
      // Begins at 0 and not at the first event, so that a rate is right from the start.
      for (const one of combinations(labels, known)) counter.inc(one, 0);
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
      for (const one of combinations(labels, known)) histogram.zero(one);
      return histogram;
    }
  }
}

/** All combinations of label values; none if the values of a label are not a closed set. */
function combinations(
  labels: MetricDefinition['labels'],
  known: KnownLabels,
): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (found, [label, defined]) => {
      const values = typeof defined === 'string' ? (known[label] ?? []) : defined;
      return found.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
    },
    [{}],
  );
}
