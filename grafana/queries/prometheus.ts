import {
  componentMetricDefinitions,
  instanceMetricDefinitions,
  metricDefinitions,
} from '../../service/contract/metrics.ts';
import { type PrometheusTarget, prometheusType } from '../schema/target.ts';
import { placeholder } from './placeholder.ts';

export const prometheus = { type: prometheusType, uid: placeholder('datasource') } as const;

const names = {
  ...metricDefinitions,
  ...componentMetricDefinitions,
  instanceState: instanceMetricDefinitions.state,
  instanceAge: instanceMetricDefinitions.ageSeconds,
};
export type MetricName = keyof typeof names;

/** The name of a metric, by its key in the service's table: a dashboard follows a renaming. */
export const nameOf = (key: MetricName): string => names[key].name;

/** A selector of one of our metrics in the jobs that were chosen: `matchers` as PromQL has them. */
export const series = (key: MetricName, ...matchers: string[]): string =>
  selector(nameOf(key), ...matchers);

export const buckets = (key: MetricName, ...matchers: string[]): string =>
  selector(`${nameOf(key)}_bucket`, ...matchers);

export const selector = (name: string, ...matchers: string[]): string =>
  `${name}{${['job=~"$job"', ...matchers].join(', ')}}`;

/** Of the components that were chosen. */
export const chosen = ['name=~"$ge"', 'version=~"$version"'] as const;

const rateRange = '[$__rate_interval]';
export const rate = (selected: string): string => `rate(${selected}${rateRange})`;
export const increase = (selected: string): string => `increase(${selected}${rateRange})`;

export const quantile = (share: number, key: MetricName, by: readonly string[] = []): string =>
  `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) (${rate(buckets(key))}))`;

const target = (refId: string, expr: string): PrometheusTarget => ({
  refId,
  datasource: prometheus,
  editorMode: 'code',
  expr,
  format: 'time_series',
  instant: false,
  range: true,
});

/** How it went over the range of time. */
export const over = (refId: string, expr: string, legendFormat: string): PrometheusTarget => ({
  ...target(refId, expr),
  legendFormat,
});

/** How it is at the end of the range of time. */
export const now = (refId: string, expr: string, legendFormat: string): PrometheusTarget => ({
  ...over(refId, expr, legendFormat),
  instant: true,
  range: false,
});

/** The same, as rows of a table. */
export const rows = (refId: string, expr: string): PrometheusTarget => ({
  ...target(refId, expr),
  format: 'table',
  instant: true,
  range: false,
});

/** The buckets of a histogram, each a row of the picture. */
export const heat = (refId: string, expr: string): PrometheusTarget => ({
  ...over(refId, expr, '{{le}}'),
  format: 'heatmap',
});
