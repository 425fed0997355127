import { folder } from '../sources/data-sources.ts';
import { sourceUids } from '../sources/names.ts';
import type { GrafanaRule } from '../types/provisioning.ts';
import { type Alert, evaluationSeconds, labelsOf, runbookUrl, textsOf } from './alert.ts';
import { alertGroups } from './all.ts';

/** `HeartbeatTargetDown` is `heartbeat-target-down`. */
const uidOf = ({ name }: Alert): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (capital) => `-${capital}`).toLowerCase();

const expression = <RefId extends string, Model>(refId: RefId, model: Model) => ({
  refId,
  datasourceUid: '__expr__' as const,
  model: { refId, ...model },
});

/**
 * The expression has a sample for each fault, whatever its value: also 0. So the condition is that
 * there is a sample, as in the rules that Grafana imports from Prometheus.
 */
const rule = (alert: Alert): GrafanaRule => ({
  uid: uidOf(alert),
  title: alert.name,
  condition: 'C',
  data: [
    {
      refId: 'A',
      relativeTimeRange: { from: 600, to: 0 },
      datasourceUid: sourceUids.prometheus,
      model: {
        refId: 'A',
        editorMode: 'code',
        expr: alert.expr,
        instant: true,
        range: false,
        intervalMs: 1_000,
        maxDataPoints: 43_200,
      },
    },
    expression('B', { type: 'math', expression: 'is_number($A) || is_nan($A) || is_inf($A)' }),
    expression('C', {
      type: 'threshold',
      expression: 'B',
      conditions: [{ evaluator: { type: 'gt', params: [0] } }],
    }),
  ],
  dashboardUid: alert.panel.dashboard.uid,
  panelId: alert.panel.id,
  // Without samples all is well; an unavailable Prometheus is an error.
  noDataState: 'OK',
  execErrState: 'Error',
  for: `${alert.forSeconds}s`,
  annotations: { ...textsOf(alert, '$values.A.Value'), runbook_url: runbookUrl(alert) },
  labels: labelsOf(alert),
  isPaused: false,
});

export const grafanaRules = {
  apiVersion: 1,
  groups: alertGroups.map(({ name, alerts }) => ({
    orgId: 1,
    name,
    folder: folder.name,
    interval: `${evaluationSeconds}s`,
    rules: alerts.map(rule),
  })),
};
