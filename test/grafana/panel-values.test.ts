import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { interpolate } from '../support/grafana/interpolate.ts';
import { readPromql } from '../support/grafana/promql.ts';
import { prometheusQueries } from '../support/grafana/queries.ts';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { counters, gauges, inputSeries, panelValues } from './panel-values.ts';

const range = { fromMs: 0, toMs: 3_600_000, intervalSeconds: 15, scrapeSeconds: 15 };
const queries = prometheusQueries();
const exprOf = ({ target, dashboard }: (typeof queries)[number]) =>
  interpolate(target.expr, dashboard, {}, range);

describe('panelValues', () => {
  it('has the values of every query, and each series a value of its own', () => {
    expect(Object.keys(panelValues).sort()).toEqual(queries.map(({ where }) => where).sort());
    const values = [gauges, counters].flatMap((series) => Object.values(series));
    const telling = values.filter((value) => value > 5);
    expect(new Set(telling).size).toBe(telling.length);
    const names = new Set(inputSeries().map(({ series }) => series.split('{')[0]));
    for (const query of queries) {
      for (const metric of readPromql(exprOf(query)).metrics) expect(names).toContain(metric);
    }
  });
});

describeWith(['promtool'], 'each query of the dashboards', () => {
  it('shows the value of its own series', () => {
    const file = join(temporaryFolder(), 'tests.yaml');
    const tests = queries.map((query) => ({
      name: query.where,
      interval: '15s',
      input_series: inputSeries(),
      promql_expr_test: [
        {
          expr: exprOf(query),
          eval_time: '10m',
          exp_samples: Object.entries(panelValues[query.where] ?? {}).map(([labels, value]) => ({
            labels,
            value,
          })),
        },
      ],
    }));
    writeFileSync(file, stringify({ evaluation_interval: '15s', tests }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
      encoding: 'utf8',
    });
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
