import { z } from 'zod';
import { cellOptions, fieldConfig } from './field.ts';
import { dataSourceRef, target } from './target.ts';

/** The kinds of panel that the dashboards use, as Grafana 12 and 13 read them. */
const reducers = ['lastNotNull', 'max', 'min', 'mean', 'sum', 'last'] as const;

const tooltip = z.strictObject({
  mode: z.enum(['multi', 'single']),
  sort: z.enum(['none', 'desc']),
});
const legend = z.strictObject({
  displayMode: z.enum(['list', 'table']),
  placement: z.enum(['bottom', 'right']),
  showLegend: z.boolean(),
  calcs: z.array(z.enum(reducers)),
  sortBy: z.string().exactOptional(),
  sortDesc: z.boolean().exactOptional(),
});

const transformation = z.discriminatedUnion('id', [
  z.strictObject({
    id: z.literal('organize'),
    options: z.strictObject({
      excludeByName: z.record(z.string(), z.literal(true)),
      renameByName: z.record(z.string(), z.string()),
      indexByName: z.record(z.string(), z.int()),
    }),
  }),
  z.strictObject({
    id: z.literal('merge'),
    options: z.strictObject({}),
  }),
]);
export type Transformation = z.infer<typeof transformation>;

const place = {
  id: z.int().positive(),
  title: z.string().min(1),
  gridPos: z.strictObject({
    x: z.int().min(0).max(23),
    y: z.int().min(0),
    w: z.int().min(1).max(24),
    h: z.int().min(1),
  }),
};
const shown = { ...place, description: z.string().min(1) };
const data = {
  ...shown,
  datasource: dataSourceRef,
  targets: z.array(target).min(1),
  transformations: z.array(transformation),
  /** The least time between two points. */
  interval: z.string().exactOptional(),
  maxDataPoints: z.int().positive().exactOptional(),
};

export const timeSeriesPanel = z.strictObject({
  type: z.literal('timeseries'),
  ...data,
  fieldConfig: fieldConfig(
    z.strictObject({
      drawStyle: z.enum(['line', 'bars']),
      lineInterpolation: z.enum(['linear', 'stepAfter']),
      lineWidth: z.int().min(0).max(10),
      fillOpacity: z.int().min(0).max(100),
      showPoints: z.enum(['never', 'auto']),
      spanNulls: z.boolean(),
      stacking: z.strictObject({ mode: z.enum(['none', 'normal']), group: z.literal('A') }),
    }),
  ),
  options: z.strictObject({ legend, tooltip }),
});

export const statPanel = z.strictObject({
  type: z.literal('stat'),
  ...data,
  fieldConfig: fieldConfig(z.strictObject({})),
  options: z.strictObject({
    colorMode: z.enum(['value', 'background', 'none']),
    graphMode: z.enum(['area', 'none']),
    justifyMode: z.literal('auto'),
    orientation: z.literal('auto'),
    percentChangeColorMode: z.literal('standard'),
    showPercentChange: z.literal(false),
    textMode: z.enum(['auto', 'value_and_name']),
    wideLayout: z.literal(true),
    reduceOptions: z.strictObject({
      calcs: z.array(z.enum(reducers)).length(1),
      fields: z.literal(''),
      values: z.literal(false),
    }),
  }),
});

export const tablePanel = z.strictObject({
  type: z.literal('table'),
  ...data,
  fieldConfig: fieldConfig(
    z.strictObject({
      align: z.literal('auto'),
      cellOptions,
      inspect: z.literal(false),
      filterable: z.boolean(),
    }),
  ),
  options: z.strictObject({
    frameIndex: z.literal(0),
    showHeader: z.literal(true),
    cellHeight: z.literal('sm'),
    enablePagination: z.boolean(),
    sortBy: z.array(z.strictObject({ displayName: z.string(), desc: z.boolean() })),
  }),
});

export const stateTimelinePanel = z.strictObject({
  type: z.literal('state-timeline'),
  ...data,
  fieldConfig: fieldConfig(
    z.strictObject({ fillOpacity: z.int().min(0).max(100), lineWidth: z.int().min(0).max(10) }),
  ),
  options: z.strictObject({
    alignValue: z.literal('left'),
    mergeValues: z.boolean(),
    perPage: z.int().positive(),
    rowHeight: z.number().min(0).max(1),
    showValue: z.enum(['never', 'auto']),
    legend,
    tooltip,
  }),
});

export const heatmapPanel = z.strictObject({
  type: z.literal('heatmap'),
  ...data,
  fieldConfig: fieldConfig(z.strictObject({})),
  options: z.strictObject({
    calculate: z.literal(false),
    cellGap: z.int().min(0),
    color: z.strictObject({
      mode: z.literal('scheme'),
      scheme: z.string(),
      scale: z.literal('exponential'),
      exponent: z.number(),
      fill: z.string(),
      reverse: z.boolean(),
      steps: z.int().min(2).max(128),
    }),
    exemplars: z.strictObject({ color: z.string() }),
    legend: z.strictObject({ show: z.boolean() }),
    rowsFrame: z.strictObject({ layout: z.literal('auto') }),
    showValue: z.literal('never'),
    tooltip: z.strictObject({ mode: z.literal('single'), yHistogram: z.boolean() }),
    yAxis: z.strictObject({ unit: z.string(), axisPlacement: z.literal('left') }),
  }),
});

export const textPanel = z.strictObject({
  type: z.literal('text'),
  ...shown,
  options: z.strictObject({ mode: z.literal('markdown'), content: z.string().min(1) }),
});

export const alertListPanel = z.strictObject({
  type: z.literal('alertlist'),
  ...shown,
  options: z.strictObject({
    viewMode: z.literal('list'),
    groupMode: z.literal('default'),
    groupBy: z.array(z.string()),
    maxItems: z.int().positive(),
    sortOrder: z.int(),
    dashboardAlerts: z.boolean(),
    alertName: z.string(),
    alertInstanceLabelFilter: z.string(),
    stateFilter: z.strictObject({
      firing: z.boolean(),
      pending: z.boolean(),
      noData: z.boolean(),
      normal: z.boolean(),
      error: z.boolean(),
    }),
  }),
});

export const rowPanel = z.strictObject({
  type: z.literal('row'),
  ...place,
  collapsed: z.literal(false),
  panels: z.array(z.never()),
});

export const dataPanel = z.discriminatedUnion('type', [
  timeSeriesPanel,
  statPanel,
  tablePanel,
  stateTimelinePanel,
  heatmapPanel,
]);
export const panel = z.discriminatedUnion('type', [
  timeSeriesPanel,
  statPanel,
  tablePanel,
  stateTimelinePanel,
  heatmapPanel,
  textPanel,
  alertListPanel,
  rowPanel,
]);
export type DataPanel = z.infer<typeof dataPanel>;
export type Panel = z.infer<typeof panel>;
