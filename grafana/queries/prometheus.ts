import {
  componentMetricDefinitions,
  instanceMetricDefinitions,
} from '../../service/contract/metrics/components.ts';
import { metricDefinitions } from '../../service/contract/metrics.ts';
import { prometheus } from '../sources/names.ts';
import type { PrometheusQuery } from '../types/query.ts';

const names = {
  ...metricDefinitions,
  ...componentMetricDefinitions,
  instanceState: instanceMetricDefinitions.state,
  instanceAge: instanceMetricDefinitions.ageSeconds,
};
type MetricName = keyof typeof names;

/** Name of a metric, by its key in the service's table: dashboards follow when it is renamed. */
export const nameOf = (key: MetricName): string => names[key].name;

/** Selector in the selected jobs. */
export const selector = (name: string, ...matchers: string[]): string =>
  `${name}{${['job=~"$job"', ...matchers].join(', ')}}`;

/** Selector of a metric of the service. */
export const series = (key: MetricName, ...matchers: string[]): string =>
  selector(nameOf(key), ...matchers);

export const buckets = (key: MetricName): string => selector(`${nameOf(key)}_bucket`);

/** Matchers of the selected components. */
export const selectedComponents = ['name=~"$ge"', 'version=~"$version"'] as const;

/** Active and down instances of the selected components, a series for each version. */
export const active = series('activeInstances', ...selectedComponents);
export const down = series('downInstances', ...selectedComponents);

const rateRange = '[$__rate_interval]';
export const rate = (selected: string): string => `rate(${selected}${rateRange})`;
export const increase = (selected: string): string => `increase(${selected}${rateRange})`;

export const quantile = (share: number, key: MetricName, ...by: readonly string[]): string =>
  `histogram_quantile(${share}, ${groupBy('sum', ['le', ...by], rate(buckets(key)))})`;

type Aggregation = 'sum' | 'min' | 'max';
export const groupBy = (how: Aggregation, labels: readonly string[], expr: string): string =>
  `${how} by (${labels.join(', ')}) (${expr})`;

const query = { datasource: prometheus, editorMode: 'code' } as const;
const range = { format: 'time_series', instant: false, range: true } as const;
const instant = { format: 'time_series', instant: true, range: false } as const;

/** Values over the time range, as lines; the legend may name labels. */
export const over = (expr: string, legendFormat: string): PrometheusQuery => ({
  ...query,
  expr,
  legendFormat,
  ...range,
});

/** Values over the time range, a line for each combination of the labels. */
export const overBy = (labels: readonly string[], how: Aggregation, expr: string) =>
  over(groupBy(how, labels, expr), labels.map((label) => `{{${label}}}`).join(' '));

/** Values at the end of the time range. */
export const now = (expr: string, legendFormat: string): PrometheusQuery => ({
  ...query,
  expr,
  legendFormat,
  ...instant,
});

/** Values at the end of the time range, as rows of a table. */
export const rows = (expr: string): PrometheusQuery => ({
  ...query,
  expr,
  ...instant,
  format: 'table',
});

/** Buckets of a histogram over the time range, a row of the heatmap for each. */
export const heat = (expr: string): PrometheusQuery => ({
  ...over(expr, '{{le}}'),
  format: 'heatmap',
});
