import { type Alert, evaluationSeconds, labelsOf, runbookUrl, textsOf } from './alert.ts';
import { alertGroups } from './all.ts';

const rule = (alert: Alert) => ({
  alert: alert.name,
  expr: alert.expr,
  for: `${alert.forSeconds}s`,
  labels: labelsOf(alert),
  annotations: {
    ...textsOf(alert, '$value'),
    runbook_url: runbookUrl(alert),
    dashboard: `/d/${alert.panel.dashboard.uid}?viewPanel=${alert.panel.id}`,
  },
});

export const prometheusRules = {
  groups: alertGroups.map(({ name, alerts }) => ({
    name,
    interval: `${evaluationSeconds}s`,
    rules: alerts.map(rule),
  })),
};
