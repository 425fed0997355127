import type * as schema from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as text from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as lines from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type {
  InfinityQuery,
  InfinityRef,
  InfinityRequest,
  PrometheusRef,
  Target,
} from './query.ts';

/*
 * Dashboards in Grafana's classic model, schema version 42: the only one that file provisioning reads
 * in every release from 12 on. The types are Grafana's own; properties that all our dashboards have
 * are required.
 */

/**
 * A type of Grafana as JSON has it: an enumeration is the union of its values, and a property may be
 * undefined where it may be absent.
 */
export type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer Value extends number}`
      ? Value
      : T
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> | (object extends Pick<T, Key> ? undefined : never) }
        : T;

/** Some properties of a type, all of which are required. */
type Present<T, Keys extends keyof T> = { [Key in Keys]-?: Exclude<T[Key], undefined> };

type Model = { dashboard: Plain<schema.Dashboard>; panel: Plain<schema.Panel> };
type Field = Plain<schema.FieldConfig>;
export type GridPos = Plain<schema.GridPos>;
export type ThresholdSteps = Plain<schema.ThresholdsConfig>;
export type Mapping = Plain<schema.ValueMapping>;
export type FieldColor = Plain<schema.FieldColor>;
export type Transformation = Pick<schema.DataTransformerConfig, 'id' | 'options'>;
export type Override = Plain<schema.FieldConfigSource>['overrides'][number];

/** Properties that an override sets for one column. */
export type ColumnStyle = Pick<Field, 'unit' | 'color' | 'mappings' | 'thresholds'> & {
  readonly 'custom.width'?: number;
  readonly 'custom.cellOptions'?: Plain<schema.TableCellOptions>;
};

type Empty = Record<string, never>;
/** For each type of panel with data, its options and the settings of its fields. */
export type Kinds = {
  timeseries: { options: Plain<lines.Options>; custom: Plain<lines.FieldConfig> };
  stat: { options: Plain<stat.Options>; custom: Empty };
  table: { options: Plain<schema.TableOptions>; custom: Plain<schema.TableFieldOptions> };
  'state-timeline': { options: Plain<timeline.Options>; custom: Plain<timeline.FieldConfig> };
  heatmap: { options: Plain<heatmap.Options>; custom: Empty };
};
export type FieldDefaults = Present<Field, 'unit' | 'noValue' | 'mappings'> &
  Pick<Field, 'decimals' | 'min' | 'max' | 'displayName'> & {
    readonly color: FieldColor;
    readonly thresholds: ThresholdSteps;
  };

type Placed = { id: number; title: string; gridPos: GridPos };
export type PanelWithData<Kind extends keyof Kinds> = Placed &
  Pick<Model['panel'], 'interval' | 'maxDataPoints'> & {
    type: Kind;
    description: string;
    datasource: PrometheusRef | InfinityRef;
    targets: Target[];
    transformations: Transformation[];
    fieldConfig: { defaults: FieldDefaults & Pick<Kinds[Kind], 'custom'>; overrides: Override[] };
    options: Kinds[Kind]['options'];
  };
export type DataPanel = { [Kind in keyof Kinds]: PanelWithData<Kind> }[keyof Kinds];
type TextPanel = Placed & { type: 'text'; description: string; options: Plain<text.Options> };
/** Grafana publishes no type for the options of its alert list. */
type AlertListPanel = Placed & {
  type: 'alertlist';
  description: string;
  options: Record<string, unknown>;
};
type RowPanel = Placed & Pick<Plain<schema.RowPanel>, 'type' | 'collapsed' | 'panels'>;
export type Panel = DataPanel | TextPanel | AlertListPanel | RowPanel;

type VariableModel = Plain<schema.VariableModel>;
type Option = { text: string; value: string; selected: boolean };
type Named<Type, Keys extends keyof VariableModel> = { type: Type } & Present<
  VariableModel,
  'name' | 'label' | 'hide' | Keys
>;
export type QueryVariable = Named<
  'query',
  'multi' | 'includeAll' | 'allValue' | 'refresh' | 'sort' | 'regex'
> & { definition: string } & (
    | { datasource: PrometheusRef; query: { qryType: 1; query: string; refId: string } }
    | {
        datasource: InfinityRef;
        query: { queryType: 'infinity'; refId: string; infinityQuery: Target<InfinityRequest> };
      }
  );
export type Variable =
  | (Named<'datasource', 'query' | 'regex'> & { current: Option })
  | QueryVariable
  | (Named<'custom', 'query' | 'multi' | 'includeAll' | 'options'> & { current: Option });

type AnnotationModel = Omit<Plain<schema.AnnotationQuery>, 'datasource' | 'target'>;
export type PrometheusAnnotation = AnnotationModel & {
  datasource: PrometheusRef;
  titleFormat: string;
  textFormat: string;
  tagKeys: string;
  useValueForTime: false;
  target: { refId: 'Anno'; expr: string; interval: string };
};
export type Annotation =
  | (AnnotationModel & { builtIn: 1; datasource: { type: 'grafana'; uid: '-- Grafana --' } })
  | PrometheusAnnotation
  | (AnnotationModel & { datasource: InfinityRef; target: Target<InfinityQuery> });

export type Dashboard = Present<
  Model['dashboard'],
  'title' | 'uid' | 'description' | 'editable' | 'graphTooltip' | 'links' | 'tags' | 'time'
> & {
  id: null;
  schemaVersion: 42;
  timezone: 'browser' | 'utc';
  refresh: '' | '10s' | '30s' | '1m' | '5m';
  annotations: { list: Annotation[] };
  templating: { list: Variable[] };
  panels: Panel[];
};
