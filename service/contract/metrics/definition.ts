/**
 * Definition of a metric. Labels take their values from closed sets (given here where they are
 * short), never from the network. A text describes a set that is known only once the service is
 * configured.
 */
export type MetricDefinition = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[] | string>>;
  /** Upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: readonly number[];
};
