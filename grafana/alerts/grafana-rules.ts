import type { GrafanaRuleFile } from '../schema/alerting.ts';
import { folder } from '../sources/data-sources.ts';
import { sourceUids } from '../sources/names.ts';
import { type Alert, evaluationSeconds, runbookUrl, valueMark } from './alert.ts';
import { alertGroups } from './all.ts';

const inGrafana = (text: string): string => text.replaceAll(valueMark, '$values.A.Value');

/** `HeartbeatTargetDown` is `heartbeat-target-down`. */
const uidOf = ({ name }: Alert): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (capital) => `-${capital}`).toLowerCase();

/**
 * The expression of Prometheus has a sample where something is wrong, whatever its number: also 0.
 * So the condition is that there is one, as in the rules that Grafana makes of those of Prometheus.
 */
const rule = (alert: Alert): GrafanaRuleFile['groups'][number]['rules'][number] => ({
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
    {
      refId: 'B',
      datasourceUid: '__expr__',
      model: {
        refId: 'B',
        type: 'math',
        expression: 'is_number($A) || is_nan($A) || is_inf($A)',
      },
    },
    {
      refId: 'C',
      datasourceUid: '__expr__',
      model: {
        refId: 'C',
        type: 'threshold',
        expression: 'B',
        conditions: [{ evaluator: { type: 'gt', params: [0] } }],
      },
    },
  ],
  dashboardUid: alert.panel.dashboard.uid,
  panelId: alert.panel.id,
  noDataState: 'OK',
  execErrState: 'Error',
  for: `${alert.forSeconds}s`,
  annotations: {
    summary: inGrafana(alert.summary),
    description: inGrafana(alert.description),
    runbook_url: runbookUrl(alert),
  },
  labels: { severity: alert.severity, service: 'ge-heartbeat' },
  isPaused: false,
});

export const grafanaRules: GrafanaRuleFile = {
  apiVersion: 1,
  groups: alertGroups.map(({ name, alerts }) => ({
    orgId: 1,
    name,
    folder: folder.name,
    interval: `${evaluationSeconds}s`,
    rules: alerts.map(rule),
  })),
};
