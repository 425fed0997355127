import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';
import { dashboards } from '../../grafana/dashboards/all.ts';
import type { Dashboard } from '../../grafana/types/dashboard.ts';

/*
 * The schema is made from the types that Grafana publishes: an opinion that is independent of ours.
 * It does not know what a data source's plugin keeps beside a query: for that there are other tests.
 */
const types = join(
  dirname(createRequire(import.meta.url).resolve('@grafana/schema/package.json')),
  'dist/types/raw/dashboard/x/types.gen.d.ts',
);

const draft = 'http://json-schema.org/draft-07/schema#';

let isDashboard: ValidateFunction;
beforeAll(() => {
  const generator = createGenerator({ path: types, type: 'Dashboard', skipTypeCheck: true });
  isDashboard = new Ajv({ allErrors: true, strict: false }).compile({
    ...generator.createSchema('Dashboard'),
    $id: 'dashboard',
    $schema: draft,
  });
});

/** Without what belongs to plugins: queries of annotations and their wording, `label_values`. */
const withoutPlugins = (dashboard: Dashboard) => ({
  ...dashboard,
  annotations: {
    list: dashboard.annotations.list.map((annotation) => {
      const { builtIn, datasource, enable, hide, iconColor, name } = {
        builtIn: 0,
        ...annotation,
      };
      return { builtIn, datasource, enable, hide, iconColor, name };
    }),
  },
  templating: {
    list: dashboard.templating.list.map((variable) =>
      Object.fromEntries(Object.entries(variable).filter(([key]) => key !== 'definition')),
    ),
  },
});

const faults = (value: unknown): unknown => {
  isDashboard(value);
  return (isDashboard.errors ?? []).map(({ instancePath, message, params }) => [
    instancePath,
    message,
    params,
  ]);
};

describe("Grafana's own schema", () => {
  it.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    'takes %s',
    (_, dashboard) => {
      expect(faults(withoutPlugins(dashboard))).toEqual([]);
    },
  );

  it('would find what is wrong', () => {
    const [first] = dashboards.map(withoutPlugins);
    expect(faults({ ...first, graphTooltip: 7 })).not.toEqual([]);
    expect(faults({ ...first, refreshh: '30s' })).not.toEqual([]);
    expect(faults({ ...first, panels: [{ ...first?.panels[0], gridPos: { x: 0 } }] })).not.toEqual(
      [],
    );
  });
});
