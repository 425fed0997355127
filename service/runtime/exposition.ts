import type { MetricDefinition } from '../contract/metrics/definition.ts';

/**
 * Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats), for families
 * with too many samples for prom-client, or that are counted elsewhere.
 */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

export const familyHead = ({ name, kind, help }: MetricDefinition): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`;

/** `labels`: a result of `labelText`, or empty. */
export const sampleLine = (name: string, labels: string, value: number): string =>
  `${name}${labels} ${numberText(value)}\n`;

/**
 * Whether labels can be written in UTF-8. Half a surrogate pair has no bytes: all of them would become
 * the same character, and Prometheus rejects a whole scrape with a duplicate series. Such labels get
 * no sample.
 */
export const isExposable = (labels: Readonly<Record<string, string>>): boolean =>
  Object.values(labels).every((value) => value.isWellFormed());

export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapedLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

/** `cumulated`: a count for each bucket, and the total. */
export function histogramLines(
  definition: MetricDefinition,
  cumulated: readonly number[],
  sum: number,
): string {
  const { name, buckets = [] } = definition;
  const lines = [...buckets.map(String), '+Inf'].map((le, at) =>
    sampleLine(`${name}_bucket`, labelText({ le }), cumulated[at] ?? 0),
  );
  const all = sampleLine(`${name}_count`, '', cumulated.at(-1) ?? 0);
  return `${familyHead(definition)}${lines.join('')}${sampleLine(`${name}_sum`, '', sum)}${all}`;
}

const special = /["\\\n]/g;
const escapedLabel = (value: string): string =>
  value.replace(special, (character) => (character === '\n' ? '\\n' : `\\${character}`));

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
