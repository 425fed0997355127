import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { z } from 'zod';
import { alerts } from '../../grafana/alerts/all.ts';
import { alertmanager as alertmanagerConfig } from '../../grafana/alerts/notification.ts';
import { prometheusRules } from '../../grafana/alerts/prometheus-rules.ts';
import { genericEnabler } from '../../grafana/dashboards/generic-enabler.ts';
import { overview } from '../../grafana/dashboards/overview.ts';
import { prometheusConfig } from '../../grafana/sources/scrape.ts';
import { type Alertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { type Choices, interpolate } from '../support/grafana/interpolate.ts';
import { readPromql } from '../support/grafana/promql.ts';
import { labelVariables, prometheusQueries } from '../support/grafana/queries.ts';
import { type Scenario, startScenario } from '../support/grafana/scenario.ts';
import { describeWith } from '../support/programs.ts';
import {
  type Answer,
  type Prometheus,
  type Series,
  startPrometheus,
} from '../support/prometheus.ts';

type PromqlQuery = ReturnType<typeof prometheusQueries>[number];

const scrapeSeconds = 1;
const rangeSeconds = 40;

let scenario: Scenario;
let prometheus: Prometheus;
let alertmanager: Alertmanager;

/** The provisioned configuration, with other addresses and shorter intervals. */
function configuration(port: number): string {
  const targets = [{ targets: [`127.0.0.1:${port}`] }];
  return stringify({
    ...prometheusConfig,
    global: { scrape_interval: `${scrapeSeconds}s`, evaluation_interval: '1s' },
    scrape_configs: prometheusConfig.scrape_configs.map((job) => ({
      ...job,
      static_configs: targets,
    })),
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }],
    },
  });
}

const fastRules = () =>
  stringify({
    groups: prometheusRules.groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => ({ ...rule, for: '1s' })),
    })),
  });

/** Repeats a query until its result suffices: the scenario continues while the tests run. */
async function until(
  query: () => Promise<Answer>,
  isEnough: (series: readonly Series[]) => boolean,
) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const result = await query();
    if (isEnough(result.series) || Date.now() > deadline) return result;
    await delay(250);
  }
}

const secondsOf = (text = '5s'): number =>
  Number.parseInt(text, 10) * (text.endsWith('m') ? 60 : 1);

function run({ dashboard, panel, target }: PromqlQuery, choices: Choices) {
  const intervalSeconds = secondsOf(target.interval ?? panel?.interval);
  const toMs = Date.now();
  const expr = interpolate(target.expr, dashboard, choices, {
    fromMs: toMs - rangeSeconds * 1_000,
    toMs,
    intervalSeconds,
    scrapeSeconds,
  });
  return target.instant
    ? prometheus.query(expr)
    : prometheus.queryRange(expr, rangeSeconds, Math.min(intervalSeconds, 5));
}

const isNumber = (series: Series) => series.values.some(([, value]) => !Number.isNaN(value));

function queryOf(dashboard: typeof overview, title: string): PromqlQuery {
  const found = prometheusQueries().find(
    (query) => query.dashboard === dashboard && query.panel?.title === title,
  );
  if (!found) throw new Error(`no panel is called ${title}`);
  return found;
}

const valuesBy = (series: readonly Series[], ...labels: string[]) =>
  Object.fromEntries(
    series.map((one) => [labels.map((label) => one.labels[label]).join(' '), one.value]),
  );

describeWith(['prometheus', 'prometheus-alertmanager'], 'a real Prometheus', () => {
  beforeAll(async () => {
    scenario = await startScenario();
    // No mail is sent, and groups do not wait.
    alertmanager = await startAlertmanager(
      stringify({
        ...alertmanagerConfig,
        global: { ...alertmanagerConfig.global, smtp_smarthost: '127.0.0.1:9' },
        route: { ...alertmanagerConfig.route, group_wait: '0s' },
      }),
    );
    prometheus = await startPrometheus(configuration(scenario.port), {
      'heartbeat-rules.yaml': fastRules(),
    });
    const isUp = () => prometheus.query('up == 1');
    await until(isUp, (series) => series.length === 2);
    await scenario.restart();
    await until(
      () => prometheus.query('ge_heartbeat_down_instances > 0'),
      (series) => series.length > 0,
    );
  }, 60_000);

  afterAll(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    await scenario?.stop();
  });

  it.each(prometheusQueries().map((query) => [query.where, query] as const))(
    '%s has a result, with the labels of its legend',
    async (_, query) => {
      const { series, warnings } = await until(
        () => run(query, {}),
        (found) => found.some(isNumber),
      );
      expect(warnings).toEqual([]);
      expect(series.filter(isNumber)).not.toEqual([]);
      const named = [...(query.target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)];
      for (const { labels } of series) {
        expect(Object.keys(labels)).toEqual(
          expect.arrayContaining(named.map(([, label]) => label)),
        );
      }
    },
  );

  it.each(prometheusQueries().map((query) => [query.where, query] as const))(
    '%s works with one Generic Enabler and one job',
    async (_, query) => {
      const choices = { ge: ['Orion'], version: ['1.0', '2.0'], job: ['ge-heartbeat'] };
      const { warnings, series } = await run(query, choices);
      expect(warnings).toEqual([]);
      // Annotations do not depend on the selection.
      if (query.kind !== 'panel') return;
      for (const { labels } of series) expect(labels['name'] ?? 'Orion').toBe('Orion');
    },
  );

  it.each(labelVariables().map((variable) => [variable.where, variable] as const))(
    '%s has values',
    async (_, { selector, label }) => {
      const matching = encodeURIComponent(selector.replaceAll(/=~"\$\w+"/g, '=~".+"'));
      const values = await prometheus.get(`/api/v1/label/${label}/values?match[]=${matching}`);
      expect(z.array(z.string()).parse(values)).not.toEqual([]);
    },
  );

  it('counts three of Orion 1.0 and one of 2.0', async () => {
    const query = queryOf(overview, 'Active instances by Generic Enabler and version');
    const right = { 'Orion 1.0': 3, 'Orion 2.0': 1 };
    const { series } = await until(
      () => run(query, { ge: ['Orion'] }),
      (found) => JSON.stringify(valuesBy(found, 'name', 'version')) === JSON.stringify(right),
    );
    expect(valuesBy(series, 'name', 'version')).toEqual(right);
  });

  it('has the same numbers in the panels above, and Cygnus is down', async () => {
    const one = async (title: string, ge: string) =>
      (await run(queryOf(overview, title), { ge: [ge] })).series.map(({ value }) => value);
    expect(await one('Active instances', 'Orion')).toEqual([4]);
    expect(await one('Generic Enablers', 'Orion')).toEqual([1]);
    expect(await one('Versions', 'Orion')).toEqual([2]);
    expect(await one('Down', 'Orion')).toEqual([0]);
    expect(await one('Down', 'Cygnus')).toEqual([1]);
    expect(await one('Generic Enablers', 'Cygnus')).toEqual([0]);
  });

  it('has the state of each instance, in the order of the legend', async () => {
    const query = queryOf(genericEnabler, 'State of each instance');
    const { series } = await run(query, { ge: ['Orion', 'Cygnus'] });
    expect(valuesBy(series, 'name', 'version', 'instance_id')).toEqual({
      'Orion 1.0 a': 0,
      'Orion 1.0 b': 0,
      'Orion 1.0 c': 0,
      'Orion 2.0 d': 0,
      'Cygnus 1.0 e': 2,
    });
  });

  it('has rates only of metrics that are counters', async () => {
    const metadata = z
      .record(z.string(), z.array(z.object({ type: z.string() })))
      .parse(await prometheus.get('/api/v1/metadata'));
    for (const { where, target } of prometheusQueries()) {
      for (const [, name = ''] of target.expr.matchAll(/(?:rate|increase)\((\w+)/g)) {
        const [family] = [name, name.replace(/_(bucket|sum|count)$/, '')].flatMap(
          (one) => metadata[one] ?? [],
        );
        expect([where, ['counter', 'histogram', 'summary'].includes(family?.type ?? '')]).toEqual([
          where,
          true,
        ]);
      }
    }
  });

  it.each(alerts.map((alert) => [alert.name, alert] as const))(
    '%s uses only series that exist, and is valid',
    async (_, { expr }) => {
      expect((await prometheus.query(expr)).warnings).toEqual([]);
      for (const metric of readPromql(expr).metrics) {
        expect([metric, (await prometheus.query(metric)).series.length > 0]).toEqual([
          metric,
          true,
        ]);
      }
    },
  );

  it('fires through Alertmanager, which inhibits the narrower alerts', async () => {
    const known = await alertmanager.until((shown) => {
      const names = shown.map(({ labels }) => labels['alertname']);
      const inhibited = shown.some(({ status }) => status.state === 'suppressed');
      const wanted = [
        'HeartbeatComponentDown',
        'HeartbeatInstanceDown',
        'HeartbeatNotifierFailing',
      ];
      return inhibited && wanted.every((name) => names.includes(name));
    });
    const of = (name: string) => known.find(({ labels }) => labels['alertname'] === name);
    const component = of('HeartbeatComponentDown');
    expect(component?.labels).toMatchObject({
      name: 'Cygnus',
      version: '1.0',
      severity: 'critical',
    });
    expect(component?.annotations['summary']).toBe('All instances of Cygnus 1.0 are down');
    expect(component?.annotations['runbook_url']).toBe(
      'docs/guides/runbook.md#heartbeatcomponentdown',
    );
    expect(component?.status.state).toBe('active');
    expect(of('HeartbeatInstanceDown')?.status.state).toBe('suppressed');
    expect(of('HeartbeatInstanceDown')?.annotations['summary']).toBe(
      '1 of the instances of Cygnus 1.0 are down',
    );
    expect(of('HeartbeatNotifierFailing')?.labels).toMatchObject({ destination: 'notifier.ops' });
    expect(of('HeartbeatExpectedComponentMissing')?.labels).toMatchObject({ name: 'Perseo' });
    expect(known.map(({ labels }) => labels['alertname'])).not.toContain(
      'HeartbeatDeliveryFailing',
    );
  });
});
