import { describe, expect, it } from '@jest/globals';
import { interpolate } from '../support/grafana/interpolate.ts';
import { isKnownMetric, readPromql } from '../support/grafana/promql.ts';
import { labelVariables, prometheusQueries } from '../support/grafana/queries.ts';

const range = { fromMs: 0, toMs: 3_600_000, intervalSeconds: 15, scrapeSeconds: 15 };

describe('PromQL of the dashboards', () => {
  it.each(prometheusQueries().map((query) => [query.where, query] as const))('%s', (_, query) => {
    const expr = interpolate(query.target.expr, query.dashboard, {}, range);
    expect(expr).not.toContain('$');
    const { faults, metrics } = readPromql(expr);
    expect(faults).toEqual([]);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((metric) => !isKnownMetric(metric))).toEqual([]);
  });

  it.each(labelVariables().map((variable) => [variable.where, variable] as const))(
    '%s',
    (_, { selector }) => {
      expect(readPromql(selector.replaceAll(/\$\w+/g, 'x')).faults).toEqual([]);
    },
  );
});
