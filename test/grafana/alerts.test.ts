import { describe, expect, it } from '@jest/globals';
import { evaluationSeconds, runbookUrl } from '../../grafana/alerts/alert.ts';
import { alerts } from '../../grafana/alerts/all.ts';
import { grafanaRules } from '../../grafana/alerts/grafana-rules.ts';
import {
  alertmanager,
  contactPoints,
  muteTimes,
  policies,
} from '../../grafana/alerts/notification.ts';
import { prometheusRules } from '../../grafana/alerts/prometheus-rules.ts';
import { dashboards } from '../../grafana/dashboards/all.ts';
import { dataSources } from '../../grafana/sources/data-sources.ts';
import { readDocument } from '../support/documents.ts';
import { isKnownMetric, readPromql } from '../support/grafana/promql.ts';

const each = alerts.map((alert) => [alert.name, alert] as const);
const inGrafana = grafanaRules.groups.flatMap(({ rules }) => rules);
const inPrometheus = prometheusRules.groups.flatMap(({ rules }) => rules);

/** A section of the runbook, without its heading. */
function section(name: string): string {
  const [, after = ''] = readDocument('docs/guides/runbook.md').split(`\n## ${name}\n`);
  return after.split('\n## ')[0] ?? '';
}

describe('alerts', () => {
  it('have unique names', () => {
    for (const names of [alerts.map(({ name }) => name), inGrafana.map(({ uid }) => uid)]) {
      expect(new Set(names).size).toBe(alerts.length);
    }
  });

  it.each(each)('%s uses only metrics that exist', (_, { expr }) => {
    const { faults, metrics } = readPromql(expr);
    expect(faults).toEqual([]);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((metric) => !isKnownMetric(metric))).toEqual([]);
  });

  it.each(each)(
    '%s lasts for more than two evaluations, or its expression covers a range of time',
    (_, { forSeconds, expr }) => {
      if (forSeconds === 0) expect(expr).toMatch(/_over_time\(/);
      else expect(forSeconds).toBeGreaterThan(2 * evaluationSeconds);
    },
  );

  it.each(each)('%s refers to a panel', (_, { panel }) => {
    expect(dashboards).toContain(panel.dashboard);
    expect(panel.dashboard.panels.map(({ id }) => id)).toContain(panel.id);
  });

  it.each(each)('%s has a section of the runbook with actions', (_, alert) => {
    expect(runbookUrl(alert)).toBe(`docs/guides/runbook.md#${alert.name.toLowerCase()}`);
    expect(section(alert.name)).toMatch(/\n1\. /);
  });

  it('have all sections of the runbook between them', () => {
    const headings = [...readDocument('docs/guides/runbook.md').matchAll(/^## (\w+)$/gm)];
    expect(headings.map(([, name]) => name).sort()).toEqual(alerts.map(({ name }) => name).sort());
  });

  it('are the same in Prometheus and in Grafana', () => {
    expect(inPrometheus.map(({ alert, expr, labels }) => [alert, expr, labels])).toEqual(
      inGrafana.map(({ title, data, labels }) => [title, data[0].model.expr, labels]),
    );
    expect(inPrometheus.map((rule) => rule.for)).toEqual(inGrafana.map((rule) => rule.for));
  });

  it('query a data source that is provisioned', () => {
    const uids = dataSources.datasources.map(({ uid }) => uid);
    for (const { data } of inGrafana) expect(uids).toContain(data[0].datasourceUid);
  });

  it('contain nothing that Grafana would replace from its environment', () => {
    for (const { labels, annotations } of inGrafana) {
      expect(Object.values(labels).join('')).not.toContain('$');
      expect(Object.values(annotations).join('')).not.toMatch(/\$[{]/);
      expect(Object.values(annotations).join('')).not.toContain('%value%');
    }
  });
});

describe('notification', () => {
  it('has a recipient, and is muted only in windows that exist', () => {
    const receivers = contactPoints.contactPoints.map(({ name }) => name);
    const windows = muteTimes.muteTimes.map(({ name }) => name);
    for (const policy of policies.policies) {
      expect(receivers).toContain(policy.receiver);
      for (const { receiver, mute_time_intervals: muted = [] } of policy.routes) {
        expect(receivers).toContain(receiver);
        expect(windows).toEqual(expect.arrayContaining(muted));
      }
    }
  });

  it('is never muted when critical', () => {
    const routes = policies.policies.flatMap(({ routes: all }) => all);
    const critical = routes.filter(({ object_matchers: [matcher] }) => matcher?.[2] === 'critical');
    expect(critical).toHaveLength(1);
    expect(critical[0]).not.toHaveProperty('mute_time_intervals');
  });

  it('is the same in Alertmanager', () => {
    expect(alertmanager.receivers.map(({ name }) => name)).toEqual(
      contactPoints.contactPoints.map(({ name }) => name),
    );
    expect(alertmanager.time_intervals.map(({ name }) => name)).toEqual(
      muteTimes.muteTimes.map(({ name }) => name),
    );
    expect(alertmanager.route.routes.map((route) => route.mute_time_intervals)).toEqual(
      policies.policies.flatMap(({ routes }) => routes.map((route) => route.mute_time_intervals)),
    );
  });

  it('inhibits only alerts that exist', () => {
    const named = JSON.stringify(alertmanager.inhibit_rules).matchAll(/Heartbeat\w+/g);
    const names: string[] = alerts.map(({ name }) => name);
    for (const [name] of named) expect(names).toContain(name);
  });
});
