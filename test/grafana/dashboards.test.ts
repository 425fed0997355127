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
 * The rules of grafana/dashboard-linter, which is a program in Go, for what we use of Grafana; those
 * that are not followed are not followed for a reason, see grafana/README.md.
 */
describe('dashboards', () => {
  it('have addresses of their own, and a link to each other', () => {
    unique(dashboards.map(({ uid }) => uid));
    unique(dashboards.map(({ title }) => title));
    for (const { tags, links } of dashboards) {
      expect(tags).toContain('heartbeat');
      expect(links.map(({ tags: linked }) => linked)).toEqual([['heartbeat']]);
    }
  });

  it.each(each)('%s is one that Grafana reads from a file', (_, dashboard) => {
    expect(dashboardSchema.parse(dashboard)).toEqual(dashboard);
    for (const key of ['elements', 'layout', 'kind', 'apiVersion', 'spec', 'version']) {
      expect(dashboard).not.toHaveProperty(key);
    }
  });

  it.each(each)('%s refuses what nobody knows', (_, dashboard) => {
    expect(dashboardSchema.safeParse({ ...dashboard, refreshh: '30s' }).success).toBe(false);
    const [panel] = dashboard.panels;
    const odd = { ...dashboard, panels: [{ ...panel, graphTooltip: 7 }] };
    expect(dashboardSchema.safeParse(odd).success).toBe(false);
  });

  it.each(each)(
    '%s places its panels beside each other, none upon another',
    (_, { panels: all }) => {
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
    },
  );

  it.each(each)('%s has the data sources as variables, with ours chosen', (_, { templating }) => {
    const sources = templating.list.filter((variable) => variable.type === 'datasource');
    const uids: string[] = Object.values(sourceUids);
    for (const { current, label } of sources) {
      expect(uids).toContain(current.value);
      expect(label).not.toBe('');
    }
    expect(sources.map(({ name }) => name)).toEqual(expect.arrayContaining(['datasource']));
  });

  it.each(each)('%s asks only with variables that it has', (_, dashboard) => {
    const known = dashboard.templating.list.map(({ name }) => name);
    const text = JSON.stringify({ ...dashboard, templating: [] });
    const used = [...text.matchAll(/\$\{?([a-z_]+)/g)].map(([, name = '']) => name);
    const own = used.filter((name) => !name.startsWith('__') && !jsonata.includes(name));
    expect(own.filter((name) => !known.includes(name))).toEqual([]);
  });
});

/** Functions and variables of JSONata in the selectors of Infinity. */
const jsonata = ['contains', 'distinct', 'count', 'sum', 'd', 'each', 'v', 'string'];

describe('panels', () => {
  it.each(
    dashboards.flatMap(({ uid, panels: all }) =>
      all.map((panel) => [uid, panel.title, panel] as const),
    ),
  )('%s: %s has a title, and says which question it answers', (_, title, panel) => {
    expect(title).not.toBe('');
    if (panel.type !== 'row') expect(panel.description).toMatch(/\?/);
  });

  it.each(panels)(
    '%s takes its data source from a variable, and each query its own',
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

  it('say what stands there when there is nothing', () => {
    for (const { panels: all } of dashboards) {
      for (const panel of all.filter(isDataPanel)) {
        expect(panel.fieldConfig.defaults.noValue).not.toBe('');
      }
    }
  });
});

describe('queries', () => {
  const asked = prometheusQueries().map(({ where, ...rest }) => [where, rest] as const);

  it.each(asked)(
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

  it.each(asked)('%s: every selector is of the jobs that were chosen', (_, { target }) => {
    const selectors = [...target.expr.matchAll(/\w\{([^}]*)\}/g)].map(
      ([, matchers = '']) => matchers,
    );
    expect(selectors.length).toBeGreaterThan(0);
    for (const matchers of selectors) expect(matchers).toMatch(/^job=~"\$job"/);
  });

  it.each(asked)('%s: a line has a name, a table is of now', (_, { target, kind }) => {
    if (target.format === 'table') expect(target.instant).toBe(true);
    else if (kind === 'panel') expect(target.legendFormat).not.toBe(undefined);
  });

  it('to Infinity name their parser, and go to a path', () => {
    for (const { where, target } of infinityQueries()) {
      expect([where, target.parser]).toEqual([where, 'backend']);
      unique(target.columns.map(({ text }) => text));
    }
  });

  it('of variables have their range of time from the browser: to the server they come without', () => {
    const asked = infinityQueries().filter(({ kind }) => kind === 'variable');
    expect(asked.length).toBeGreaterThan(0);
    for (const { where, target } of asked) {
      expect([where, JSON.stringify(target)]).toEqual([
        where,
        expect.not.stringContaining('__time'),
      ]);
    }
  });

  it('of variables are of labels', () => {
    for (const { where, label, selector } of labelVariables()) {
      expect([where, label]).not.toEqual([where, '']);
      expect(selector).toMatch(/^\w+(\{.*\})?$/);
    }
  });
});

describe('provisioning/dashboards', () => {
  it('holds the dashboards of the list and no other', () => {
    const folder = fileURLToPath(new URL('../../grafana/provisioning/dashboards', import.meta.url));
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort(),
    ).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
  });
});
