import type {
  Dashboard as OfficialDashboard,
  TableFieldOptions,
  TableOptions,
} from '@grafana/schema';
import type { Options as HeatmapOptions } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as TimelineFields,
  Options as TimelineOptions,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as TextOptions } from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type {
  FieldConfig as LineFields,
  Options as LineOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import { describe, expect, it } from '@jest/globals';
import { dashboards } from '../../grafana/dashboards/all.ts';
import type { Panel } from '../../grafana/schema/panel.ts';

/*
 * What our schemas let through, Grafana's own types take: the compiler proves it for everything that
 * could ever be written, not only for what is. These types have enumerations, where JSON has texts.
 */
type Plain<T> = T extends string
  ? `${T}`
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

type Of<Type extends Panel['type']> = Extract<Panel, { type: Type }>;
type Custom<Type extends 'timeseries' | 'table' | 'state-timeline'> =
  Of<Type>['fieldConfig']['defaults']['custom'];

/** Fails to compile where the first is not one of the second. */
type Fits<Given extends Expected, Expected> = Given;

type Proofs = [
  Fits<Of<'timeseries'>['options'], Plain<LineOptions>>,
  Fits<Custom<'timeseries'>, Plain<LineFields>>,
  Fits<Of<'stat'>['options'], Plain<StatOptions>>,
  Fits<Of<'table'>['options'], Plain<TableOptions>>,
  Fits<Custom<'table'>, Plain<TableFieldOptions>>,
  Fits<Of<'state-timeline'>['options'], Plain<TimelineOptions>>,
  Fits<Custom<'state-timeline'>, Plain<TimelineFields>>,
  Fits<Of<'heatmap'>['options'], Plain<HeatmapOptions>>,
  Fits<Of<'text'>['options'], Plain<TextOptions>>,
];

describe('dashboards', () => {
  it("are of the type that Grafana's own packages declare", () => {
    const official = dashboards satisfies readonly Plain<OfficialDashboard>[];
    expect(official.length).toBeGreaterThan(0);
  });

  it('have panels that are of the types of their kinds', () => {
    const proofs: Proofs[] = [];
    expect(proofs).toEqual([]);
  });
});
