import type { Dashboard } from '../schema/dashboard.ts';

/**
 * An alert, from which the rule of Prometheus and the one of Grafana are made. `expr` gives a sample
 * for each thing that is wrong and none while all is well: so both programs read it alike.
 */
export type Alert = {
  /** Also the name of its section in docs/runbook.md. */
  readonly name: `Heartbeat${string}`;
  /** `critical` is for now, at night too; `warning` is for today. */
  readonly severity: 'critical' | 'warning';
  readonly expr: string;
  /** How long it has to be true: more than two evaluations, or else `expr` looks back itself. */
  readonly forSeconds: number;
  readonly summary: string;
  readonly description: string;
  /** Where it can be seen. */
  readonly panel: { readonly dashboard: Dashboard; readonly id: number };
};

/** A label of the sample, in the words of an alert: both programs know it. */
export const label = (name: string): string => `{{ $labels.${name} }}`;

/** The sample's number, which the two write differently: each puts its own way here. */
export const valueMark = '%value%';
export const value = (format: 'humanize' | 'humanizeDuration' | 'humanizePercentage'): string =>
  `{{ ${valueMark} | ${format} }}`;

/** Where the runbook can be read: the address goes along with every alert. */
const runbook = 'docs/runbook.md';
export const runbookUrl = ({ name }: Alert): string => `${runbook}#${name.toLowerCase()}`;

/** How often the rules are evaluated; Grafana wants whole tens of seconds. */
export const evaluationSeconds = 20;
