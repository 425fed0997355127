import type { RuleFile } from '../schema/prometheus.ts';
import { type Alert, evaluationSeconds, runbookUrl, valueMark } from './alert.ts';
import { alertGroups } from './all.ts';

const inPrometheus = (text: string): string => text.replaceAll(valueMark, '$value');

const rule = (alert: Alert): RuleFile['groups'][number]['rules'][number] => ({
  alert: alert.name,
  expr: alert.expr,
  for: `${alert.forSeconds}s`,
  labels: { severity: alert.severity, service: 'ge-heartbeat' },
  annotations: {
    summary: inPrometheus(alert.summary),
    description: inPrometheus(alert.description),
    runbook_url: runbookUrl(alert),
    dashboard: `/d/${alert.panel.dashboard.uid}?viewPanel=${alert.panel.id}`,
  },
});

export const prometheusRules: RuleFile = {
  groups: alertGroups.map(({ name, alerts }) => ({
    name,
    interval: `${evaluationSeconds}s`,
    rules: alerts.map(rule),
  })),
};
