import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { evaluationSeconds } from '../../grafana/alerts/alert.ts';
import { alerts } from '../../grafana/alerts/all.ts';
import { prometheusRules } from '../../grafana/alerts/prometheus-rules.ts';
import { describeWith, findProgram } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { alertCases, type Case } from './alert-cases.ts';

const folder = fileURLToPath(new URL('../../grafana/prometheus', import.meta.url));
const rules = prometheusRules.groups.flatMap((group) => group.rules);

function run(program: string, args: readonly string[]): { status: number | null; output: string } {
  const path = findProgram(program) ?? program;
  const { status, stdout, stderr } = spawnSync(path, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Texts of an alert, with its labels and its value. */
function expected(name: string, { value = '', ...labels }: Case['fires'][number]) {
  const rule = rules.find(({ alert }) => alert === name);
  if (!rule) throw new Error(`no rule is called ${name}`);
  const fill = (text: string) =>
    text
      .replaceAll(
        /\{\{ \$labels\.(\w+) \}\}/g,
        (_, label: string) => Object.entries(labels).find(([key]) => key === label)?.[1] ?? '',
      )
      .replaceAll(/\{\{ \$value \| \w+ \}\}/g, value);
  const annotations = Object.entries(rule.annotations).map(([key, text]) => [key, fill(text)]);
  return {
    exp_labels: { ...labels, ...rule.labels },
    exp_annotations: Object.fromEntries(annotations),
  };
}

const unitTest = (name: string, { title, series, at, fires }: Case) => ({
  name: `${name}: ${title}`,
  interval: `${evaluationSeconds}s`,
  input_series: Object.entries(series).map(([of, values]) => ({ series: of, values })),
  alert_rule_test: [
    { eval_time: at, alertname: name, exp_alerts: fires.map((one) => expected(name, one)) },
  ],
});

describeWith(['promtool'], 'promtool', () => {
  it('accepts the configuration of Prometheus, and its rules', () => {
    const { status, output } = run('promtool', [
      'check',
      'config',
      '--lint=all',
      '--lint-fatal',
      'prometheus.yaml',
    ]);
    expect([status, output]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
  });

  it('confirms that each alert fires when it must, and only then', () => {
    const file = join(temporaryFolder(), 'tests.yaml');
    const tests = Object.entries(alertCases).flatMap(([name, cases]) =>
      cases.map((one) => unitTest(name, one)),
    );
    const text = stringify({
      rule_files: [join(folder, 'heartbeat-rules.yaml')],
      evaluation_interval: `${evaluationSeconds}s`,
      tests,
    });
    writeFileSync(file, text);
    const { status, output } = run('promtool', ['test', 'rules', file]);
    expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

describeWith(['amtool'], 'amtool', () => {
  it('accepts the configuration of Alertmanager', () => {
    const { status, output } = run('amtool', ['check-config', 'alertmanager.yaml']);
    expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it.each(['critical', 'warning'])('routes %s alerts to the operators', (severity) => {
    const args = [
      'config',
      'routes',
      'test',
      '--config.file=alertmanager.yaml',
      '--verify.receivers=heartbeat-operators',
      `severity=${severity}`,
    ];
    const { status, output } = run('amtool', args);
    expect([status, output]).toEqual([0, expect.stringMatching(/^heartbeat-operators\n/)]);
  });
});

describe('alertCases', () => {
  it('has for every alert a case in which it fires, and one in which it does not', () => {
    expect(Object.keys(alertCases).sort()).toEqual(alerts.map(({ name }) => name).sort());
    for (const [name, cases] of Object.entries(alertCases)) {
      const counts = cases.map(({ fires }) => fires.length > 0);
      expect([name, counts.includes(true), counts.includes(false)]).toEqual([name, true, true]);
    }
  });
});
