import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { dashboardSchema } from '../../grafana/check.ts';
import { dashboards } from '../../grafana/dashboards/all.ts';
import { sourceUids } from '../../grafana/sources/names.ts';
import {
  dataPanels,
  infinityQueries,
  isDataPanel,
  isInfinity,
  labelVariables,
  prometheusQueries,
} from '../support/grafana/queries.ts';

const each = dashboards.map((dashboard) => [dashboard.uid, dashboard] as const);
const panels = dataPanels().map(({ where, ...rest }) => [where, rest] as const);
const unique = (values: readonly unknown[]) => expect(new Set(values).size).toBe(values.length);

/*
 * Rules of grafana/dashboard-linter, which is a program in Go, for the features in use. README.md
 * gives a reason for each exception.
 */
describe('dashboards', () => {
  it('have unique addresses, and a link to each other', () => {
    unique(dashboards.map(({ uid }) => uid));
    unique(dashboards.map(({ title }) => title));
    for (const { tags, links } of dashboards) {
      expect(tags).toContain('heartbeat');
      expect(links.map(({ tags: linked }) => linked)).toEqual([['heartbeat']]);
    }
  });

  it.each(each)('%s is a dashboard that Grafana reads from a file', (_, dashboard) => {
    expect(dashboardSchema.parse(dashboard)).toEqual(dashboard);
    for (const key of ['elements', 'layout', 'kind', 'apiVersion', 'spec', 'version']) {
      expect(dashboard).not.toHaveProperty(key);
    }
  });

  it.each(each)('%s with an unknown key is rejected', (_, dashboard) => {
    expect(dashboardSchema.safeParse({ ...dashboard, refreshh: '30s' }).success).toBe(false);
    const [panel] = dashboard.panels;
    const odd = { ...dashboard, panels: [{ ...panel, graphTooltip: 7 }] };
    expect(dashboardSchema.safeParse(odd).success).toBe(false);
  });

  it.each(each)('%s has panels that do not overlap', (_, { panels: all }) => {
    unique(all.map(({ id }) => id));
    const taken = new Set<string>();
    for (const { gridPos, title } of all) {
      const { x, y, w, h } = gridPos;
      expect([title, x + w <= 24]).toEqual([title, true]);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const cell = `${column}/${line}`;
          expect([title, cell, taken.has(cell)]).toEqual([title, cell, false]);
          taken.add(cell);
        }
      }
    }
  });

  it.each(each)(
    '%s has the data sources as variables, with the provisioned ones selected',
    (_, { templating }) => {
      const sources = templating.list.filter((variable) => variable.type === 'datasource');
      const uids: string[] = Object.values(sourceUids);
      for (const { current, label } of sources) {
        expect(uids).toContain(current.value);
        expect(label).not.toBe('');
      }
      expect(sources.map(({ name }) => name)).toEqual(expect.arrayContaining(['datasource']));
    },
  );

  it.each(each)('%s uses only variables that it has', (_, dashboard) => {
    const known = dashboard.templating.list.map(({ name }) => name);
    const text = JSON.stringify({ ...dashboard, templating: [] });
    const used = [...text.matchAll(/\$\{?([a-z_]+)/g)].map(([, name = '']) => name);
    const own = used.filter((name) => !name.startsWith('__') && !jsonata.includes(name));
    expect(own.filter((name) => !known.includes(name))).toEqual([]);
  });
});

/** Functions and variables of JSONata in the selectors of Infinity. */
const jsonata = [
  'contains',
  'distinct',
  'count',
  'sum',
  'd',
  'each',
  'v',
  'string',
  'plain',
  'replace',
];

describe('panels', () => {
  it.each(
    dashboards.flatMap(({ uid, panels: all }) =>
      all.map((panel) => [uid, panel.title, panel] as const),
    ),
  )('%s: %s has a title, and a question that it answers', (_, title, panel) => {
    expect(title).not.toBe('');
    if (panel.type !== 'row') expect(panel.description).toMatch(/\?/);
  });

  it.each(panels)(
    '%s has its data source from a variable, and so has each query',
    (_, { panel }) => {
      for (const { datasource } of [panel, ...panel.targets]) {
        expect(datasource.uid).toMatch(/^\$\{(datasource|api_datasource|monasca_datasource)\}$/);
      }
      unique(panel.targets.map(({ refId }) => refId));
      for (const target of panel.targets) {
        if (!isInfinity(target)) expect(target.datasource.type).toBe('prometheus');
      }
    },
  );

  it('have a text for the case without data', () => {
    for (const { panels: all } of dashboards) {
      for (const panel of all.filter(isDataPanel)) {
        expect(panel.fieldConfig.defaults.noValue).not.toBe('');
      }
    }
  });
});

describe('queries', () => {
  const queries = prometheusQueries().map(({ where, ...rest }) => [where, rest] as const);

  it.each(queries)(
    '%s: rates are over $__rate_interval, and only counters have them',
    (_, { target, kind }) => {
      for (const [, range = ''] of target.expr.matchAll(/(?:rate|increase)\([^[]*\[([^\]]+)\]/g)) {
        expect(range).toBe('$__rate_interval');
      }
      // Annotations have a step of their own.
      if (kind === 'panel') expect(target.expr).not.toMatch(/\[\d+\w\]/);
      const counters = [...target.expr.matchAll(/(\w+\()?(\w+_(?:total|bucket))\{/g)];
      for (const [, call, name = ''] of counters) {
        expect([name, ['rate(', 'increase('].includes(call ?? '')]).toEqual([name, true]);
      }
    },
  );

  it.each(queries)('%s: every selector is limited to the selected jobs', (_, { target }) => {
    const selectors = [...target.expr.matchAll(/\w\{([^}]*)\}/g)].map(
      ([, matchers = '']) => matchers,
    );
    expect(selectors.length).toBeGreaterThan(0);
    for (const matchers of selectors) expect(matchers).toMatch(/^job=~"\$job"/);
  });

  it.each(queries)('%s: a line has a legend, a table is instant', (_, { target, kind }) => {
    if (target.format === 'table') expect(target.instant).toBe(true);
    else if (kind === 'panel') expect(target.legendFormat).not.toBe(undefined);
  });

  it('to Infinity name their parser, and have unique columns', () => {
    for (const { where, target } of infinityQueries()) {
      expect([where, target.parser]).toEqual([where, 'backend']);
      unique(target.columns.map(({ text }) => text));
    }
  });

  it('of variables have the time range from the browser: they reach the server without one', () => {
    const found = infinityQueries().filter(({ kind }) => kind === 'variable');
    expect(found.length).toBeGreaterThan(0);
    for (const { where, target } of found) {
      expect([where, JSON.stringify(target)]).toEqual([
        where,
        expect.not.stringContaining('__time'),
      ]);
    }
  });

  it('of variables are values of labels', () => {
    for (const { where, label, selector } of labelVariables()) {
      expect([where, label]).not.toEqual([where, '']);
      expect(selector).toMatch(/^\w+(\{.*\})?$/);
    }
  });
});

describe('provisioning/dashboards', () => {
  it('has the dashboards of the list and no other', () => {
    const folder = fileURLToPath(new URL('../../grafana/provisioning/dashboards', import.meta.url));
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort(),
    ).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
  });
});
