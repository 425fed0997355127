import { parser } from '@prometheus-io/lezer-promql';
import {
  componentMetricDefinitions,
  instanceMetricDefinitions,
} from '../../../service/contract/metrics/components.ts';
import { metricDefinitions } from '../../../service/contract/metrics.ts';

/** Syntax errors of an expression, and the metrics that it selects. */
export function readPromql(expr: string): { faults: string[]; metrics: string[] } {
  const faults: string[] = [];
  const metrics: string[] = [];
  parser.parse(expr).iterate({
    enter({ name, type, from, to }) {
      if (type.isError) faults.push(`at ${from}: ${expr.slice(Math.max(0, from - 20), to + 20)}`);
      if (name === 'VectorSelector') {
        metrics.push(/^\w+/.exec(expr.slice(from, to))?.[0] ?? '');
      }
    },
  });
  return { faults, metrics };
}

const definitions = [
  ...Object.values(metricDefinitions),
  ...Object.values(componentMetricDefinitions),
  ...Object.values(instanceMetricDefinitions),
];
/** True for metrics of the service and of its process. */
export const isKnownMetric = (metric: string) =>
  definitions.some(({ name, kind }) =>
    kind === 'histogram'
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(metric)
      : name === metric,
  ) || /^(up$|process_|nodejs_)/.test(metric);
