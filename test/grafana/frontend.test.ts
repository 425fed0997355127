/**
 * @jest-environment jsdom
 */
import { describe, expect, it } from '@jest/globals';
import type { dashboards } from '../../grafana/dashboards/all.ts';
import { overview } from '../../grafana/dashboards/overview.ts';
import type { DataPanel } from '../../grafana/types/dashboard.ts';
import { grafanaData } from '../support/grafana/frontend.ts';
import { asReturned } from '../support/grafana/infinity.ts';
import { dataPanels, isDataPanel, isInfinity } from '../support/grafana/queries.ts';

const {
  createTheme,
  fieldColorModeRegistry,
  fieldReducers,
  FieldType,
  getDisplayProcessor,
  getValueFormats,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} = grafanaData;

standardTransformersRegistry.setInit(() =>
  [standardTransformers.organizeFieldsTransformer, standardTransformers.mergeTransformer].map(
    (transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation: () => Promise.resolve(transformation),
      editor: () => null,
      imageDark: '',
      imageLight: '',
    }),
  ),
);

const units = getValueFormats().flatMap(({ submenu = [] }) => submenu.map(({ value }) => value));
const panels = dataPanels().map(({ where, panel }) => [where, panel] as const);

function panelOf(dashboard: (typeof dashboards)[number], title: string): DataPanel {
  const found = dashboard.panels.filter(isDataPanel).find((panel) => panel.title === title);
  if (!found) throw new Error(`no panel is called ${title}`);
  return found;
}

/** Text and colour of a value in a panel, by Grafana's own code. */
function shown(panel: DataPanel, value: number | string | null, ofColumn?: string) {
  const { defaults, overrides } = panel.fieldConfig;
  const properties =
    overrides.find(({ matcher }) => matcher.options === ofColumn)?.properties ?? [];
  const own = Object.fromEntries(properties.map(({ id, value: set }) => [id, set]));
  const config = { ...defaults, ...own };
  const type = typeof value === 'string' ? FieldType.string : FieldType.number;
  const field = {
    name: 'value',
    type,
    values: [value],
    config: JSON.parse(JSON.stringify(config)),
  };
  const { text, suffix = '', color } = getDisplayProcessor({ field, theme: createTheme() })(value);
  return { text: `${text}${suffix}`, color };
}

type Column = { name: string; config: { displayName?: string }; values: unknown[] };

/** Columns of the table that a panel displays, by Grafana's own code. */
async function displayed(
  { transformations }: DataPanel,
  frames: ReturnType<typeof toDataFrame>[],
): Promise<[heading: string, values: unknown[]][]> {
  const [table] = await new Promise<{ fields: Column[] }[]>((resolve) => {
    transformDataFrame([...transformations], frames).subscribe(resolve);
  });
  return (table?.fields ?? []).map(({ name, config, values }) => [
    config.displayName ?? name,
    values,
  ]);
}

const tables = panels.flatMap(([where, panel]) => {
  const [target] = panel.targets;
  return panel.type === 'table' && target && isInfinity(target)
    ? [[where, panel, target] as const]
    : [];
});

describe('tables of Infinity', () => {
  it.each(tables)('%s has its columns in the order of its query', async (_, panel, target) => {
    const frame = toDataFrame({
      refId: 'A',
      fields: asReturned(target.columns).map(({ text }) => ({
        name: text,
        type: FieldType.string,
        values: [text],
      })),
    });
    const columns = await displayed(panel, [frame]);
    expect(columns.map(([heading]) => heading)).toEqual(target.columns.map(({ text }) => text));
  });
});

const red = createTheme().visualization.getColorByName('red');
const green = createTheme().visualization.getColorByName('green');

describe('panels', () => {
  it.each(panels)(
    '%s has units, colours, transformations and reducers that Grafana knows',
    (_, panel) => {
      const { defaults, overrides } = panel.fieldConfig;
      const set = overrides.flatMap(({ properties }) => properties);
      const overridden = set.flatMap((one) => (one.id === 'unit' ? [one.value] : []));
      for (const unit of [defaults.unit, ...overridden]) expect(units).toContain(unit);
      expect(fieldColorModeRegistry.getIfExists(defaults.color.mode)).toBeDefined();
      for (const { id } of panel.transformations) {
        expect(Object.values(standardTransformers).map((known) => known.id)).toContain(id);
      }
      const { options } = panel;
      const calcs = 'legend' in options && 'calcs' in options.legend ? options.legend.calcs : [];
      const reduced = 'reduceOptions' in options ? options.reduceOptions.calcs : [];
      for (const calc of [...calcs, ...reduced]) {
        expect(fieldReducers.getIfExists(calc)).toBeDefined();
      }
    },
  );
});

describe('Overview', () => {
  it('has the age of the oldest heartbeat, which turns red', () => {
    const panel = panelOf(overview, 'Oldest heartbeat');
    expect(shown(panel, 31)).toEqual({ text: '31 s', color: green });
    expect(shown(panel, 360)).toEqual({ text: '6 mins', color: red });
  });

  it('is green while no instance is down', () => {
    const panel = panelOf(overview, 'Down');
    expect(shown(panel, 0)).toEqual({ text: '0', color: green });
    expect(shown(panel, 1)).toEqual({ text: '1', color: red });
  });

  it('has a row for each Generic Enabler and version, with active and down side by side', async () => {
    const panel = panelOf(overview, 'Generic Enablers now');
    const frame = (refId: string, values: readonly number[]) =>
      toDataFrame({
        refId,
        fields: [
          { name: 'Time', type: FieldType.time, values: [1, 1] },
          { name: 'name', type: FieldType.string, values: ['Orion', 'Wirecloud'] },
          { name: 'version', type: FieldType.string, values: ['1.0', '2.0'] },
          { name: `Value #${refId}`, type: FieldType.number, values: [...values] },
        ],
      });
    const columns = await displayed(panel, [frame('A', [3, 0]), frame('B', [0, 2])]);
    expect(columns).toEqual([
      ['Generic Enabler', ['Orion', 'Wirecloud']],
      ['Version', ['1.0', '2.0']],
      ['Active', [3, 0]],
      ['Down', [0, 2]],
    ]);
  });
});
