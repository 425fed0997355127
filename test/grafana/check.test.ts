import { describe, expect, it } from '@jest/globals';
import { grafanaRules } from '../../grafana/alerts/grafana-rules.ts';
import { checkAlerts, dashboardSchema, jsonataFaults } from '../../grafana/check.ts';
import { overview } from '../../grafana/dashboards/overview.ts';
import { isDataPanel } from '../support/grafana/queries.ts';

const [first, second] = overview.panels.filter(isDataPanel);
if (!first || !second) throw new Error('the overview has too few panels');

const withPanels = (...panels: readonly object[]) => ({ ...overview, panels });
const [target] = first.targets;
const wide = { ...first.gridPos, x: 20, w: 5 };
const { defaults } = first.fieldConfig;
const descending = {
  mode: 'absolute',
  steps: [null, 2, 1].map((value) => ({ value, color: 'red' })),
};

describe('dashboardSchema', () => {
  it('accepts a dashboard', () => {
    expect(dashboardSchema.safeParse(withPanels(first, second)).success).toBe(true);
  });

  it.each([
    ['an unknown key of a dashboard', { ...overview, refreshh: '30s' }],
    ['an unknown key of a panel', withPanels({ ...first, graphTooltip: 7 })],
    ['a uid of more than 40 characters', { ...overview, uid: 'a'.repeat(41) }],
    ['two panels with one id', withPanels(first, { ...second, id: first.id })],
    ['two panels in one place', withPanels(first, { ...second, gridPos: first.gridPos })],
    ['a panel beyond the last column', withPanels({ ...first, gridPos: wide })],
    ['two queries with one refId', withPanels({ ...first, targets: [target, target] })],
    [
      'a selector that the plugin evaluates differently',
      withPanels({ ...first, targets: [{ ...target, root_selector: '([a[0][1]])' }] }),
    ],
    [
      'thresholds that do not ascend',
      withPanels({
        ...first,
        fieldConfig: { defaults: { ...defaults, thresholds: descending }, overrides: [] },
      }),
    ],
  ])('rejects %s', (_, dashboard) => {
    expect(dashboardSchema.safeParse(dashboard).success).toBe(false);
  });
});

describe('jsonataFaults', () => {
  it.each([
    ['([$toMillis(time)])', 'offsets'],
    ['([a[0][1]])', 'two indices'],
    ['([a[0] [1]])', 'two indices'],
    ['([name ~> $replace("a", "b")])', 'chain'],
  ])('rejects %s', (selector, fault) => {
    expect(jsonataFaults(selector)).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    '([(a[0])[1]])',
    '([a.b[0]^(time)])',
    '([rows[$contains(name, /^[a][b] ~>$/)]])',
    '([{"a][b": "$toMillis ~> \\"]["}])',
  ])('accepts %s', (selector) => {
    expect(jsonataFaults(selector)).toEqual([]);
  });
});

describe('checkAlerts', () => {
  const rules = grafanaRules.groups.flatMap((group) => group.rules);
  const [rule] = rules;
  if (!rule) throw new Error('there are no rules');

  it('accepts the rules', () => {
    expect(() => checkAlerts(rules)).not.toThrow();
  });

  it('rejects a uid that occurs twice or is too long', () => {
    expect(() => checkAlerts([rule, rule])).toThrow('unique');
    expect(() => checkAlerts([{ ...rule, uid: 'a'.repeat(41) }])).toThrow();
  });
});
