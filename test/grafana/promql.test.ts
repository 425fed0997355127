import { describe, expect, it } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import {
  componentMetricDefinitions,
  instanceMetricDefinitions,
  metricDefinitions,
} from '../../service/contract/metrics.ts';
import { interpolate } from '../support/grafana/interpolate.ts';
import { labelVariables, prometheusQueries } from '../support/grafana/queries.ts';

const moment = { fromMs: 0, toMs: 3_600_000, intervalSeconds: 15, scrapeSeconds: 15 };

/** What is wrong with it, and the metrics that it selects. */
function read(expr: string): { faults: string[]; metrics: string[] } {
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
const isKnown = (metric: string) =>
  definitions.some(({ name, kind }) =>
    kind === 'histogram'
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(metric)
      : name === metric,
  ) || /^(up$|process_|nodejs_)/.test(metric);

describe('PromQL of the dashboards', () => {
  it.each(prometheusQueries().map((asked) => [asked.where, asked] as const))('%s', (_, asked) => {
    const expr = interpolate(asked.target.expr, asked.dashboard, {}, moment);
    expect(expr).not.toContain('$');
    const { faults, metrics } = read(expr);
    expect(faults).toEqual([]);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((metric) => !isKnown(metric))).toEqual([]);
  });

  it.each(labelVariables().map((variable) => [variable.where, variable] as const))(
    '%s',
    (_, { selector }) => {
      expect(read(selector.replaceAll(/\$\w+/g, 'x')).faults).toEqual([]);
    },
  );
});
