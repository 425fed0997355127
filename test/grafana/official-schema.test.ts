import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';
import { dashboards } from '../../grafana/dashboards/all.ts';
import type { Dashboard } from '../../grafana/types/dashboard.ts';

/*
 * A schema generated from the types that Grafana publishes, independent of the project's own. It does
 * not cover the settings of plugins in a query, which other tests cover.
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

/** A dashboard without settings of plugins: queries and texts of annotations, `label_values`. */
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
    'accepts %s',
    (_, dashboard) => {
      expect(faults(withoutPlugins(dashboard))).toEqual([]);
    },
  );

  it('rejects wrong values and unknown keys', () => {
    const [first] = dashboards.map(withoutPlugins);
    expect(faults({ ...first, graphTooltip: 7 })).not.toEqual([]);
    expect(faults({ ...first, refreshh: '30s' })).not.toEqual([]);
    expect(faults({ ...first, panels: [{ ...first?.panels[0], gridPos: { x: 0 } }] })).not.toEqual(
      [],
    );
  });
});
