import type { Dashboard } from '../types/dashboard.ts';

/**
 * An alert, from which the rules of Prometheus and of Grafana are generated. `expr` gives a sample
 * for each fault and none while all is well, so that both evaluate it alike.
 */
export type Alert = {
  /** Also the heading of its section in docs/guides/runbook.md. */
  readonly name: `Heartbeat${string}`;
  /** `critical` requires action now, also at night; `warning` on the same day. */
  readonly severity: 'critical' | 'warning';
  readonly expr: string;
  /** Longer than two evaluations, unless `expr` itself covers a range of time. */
  readonly forSeconds: number;
  readonly summary: string;
  readonly description: string;
  /** Panel that shows the fault. */
  readonly panel: { readonly dashboard: Dashboard; readonly id: number };
};

type Details = Omit<Alert, 'name' | 'severity'>;
export const critical = (name: Alert['name'], details: Details): Alert => ({
  name,
  severity: 'critical',
  ...details,
});
export const warning = (name: Alert['name'], details: Details): Alert => ({
  name,
  severity: 'warning',
  ...details,
});

/** A label of the sample, as both programs write it. */
export const label = (name: string): string => `{{ $labels.${name} }}`;

/** The value of the sample, which the two programs write differently. */
const valueMark = '%value%';
export const value = (format: 'humanize' | 'humanizeDuration' | 'humanizePercentage'): string =>
  `{{ ${valueMark} | ${format} }}`;

/** Texts of an alert, with the value as one of the programs writes it. */
export const textsOf = ({ summary, description }: Alert, sample: string) => ({
  summary: summary.replaceAll(valueMark, sample),
  description: description.replaceAll(valueMark, sample),
});

export const labelsOf = ({ severity }: Alert) => ({ severity, service: 'ge-heartbeat' }) as const;

/** Address of the section of the runbook; every alert carries it. */
export const runbookUrl = ({ name }: Alert): string =>
  `docs/guides/runbook.md#${name.toLowerCase()}`;

/** Interval of the evaluations; Grafana accepts multiples of ten seconds. */
export const evaluationSeconds = 20;
