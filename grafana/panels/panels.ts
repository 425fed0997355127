import type { Kinds } from '../types/dashboard.ts';
import type { Unplaced } from './layout.ts';
import { panel, type Shown } from './panel.ts';
import { byThresholds, inOrder } from './style.ts';

/** The types of panel, in one style each. */
type Legend = Kinds['timeseries']['options']['legend'];
const listLegend: Legend = {
  displayMode: 'list',
  placement: 'bottom',
  showLegend: true,
  calcs: [],
};
const tableLegend: Legend = {
  displayMode: 'table',
  placement: 'right',
  showLegend: true,
  calcs: ['lastNotNull', 'max'],
  sortBy: 'Max',
  sortDesc: true,
};

export const noInstances = 'no active instances';

type Lines = Shown & {
  readonly isStepped?: boolean;
  readonly isStacked?: boolean;
  readonly isBars?: boolean;
  readonly hasTable?: boolean;
};

export const lines = (id: number, title: string, shown: Lines): Unplaced => {
  const { isStepped = false, isStacked = false, isBars = false, hasTable = false } = shown;
  return panel(
    'timeseries',
    id,
    title,
    { min: 0, decimals: shown.unit === undefined ? 0 : undefined, ...shown },
    {
      drawStyle: isBars ? 'bars' : 'line',
      lineInterpolation: isStepped ? 'stepAfter' : 'linear',
      lineWidth: 1,
      fillOpacity: isBars ? 80 : isStacked ? 30 : 8,
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
    },
    {
      legend: hasTable ? tableLegend : listLegend,
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  );
};

/** Stacked numbers of instances: each holds until the next one. */
export const counts = (id: number, title: string, shown: Lines): Unplaced =>
  lines(id, title, { noValue: noInstances, isStepped: true, isStacked: true, ...shown });

/** Stacked numbers of a period each. */
export const bars = (id: number, title: string, shown: Lines): Unplaced =>
  lines(id, title, { noValue: noInstances, isBars: true, isStacked: true, ...shown });

type Stat = Shown & { readonly hasGraph?: boolean; readonly isNamed?: boolean };

export const stat = (id: number, title: string, shown: Stat): Unplaced => {
  const { hasGraph = true, isNamed = false } = shown;
  return panel(
    'stat',
    id,
    title,
    { color: byThresholds, noValue: '0', ...shown },
    {},
    {
      colorMode: 'value',
      graphMode: hasGraph ? 'area' : 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      percentChangeColorMode: 'standard',
      showPercentChange: false,
      textMode: isNamed ? 'value_and_name' : 'auto',
      wideLayout: true,
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  );
};

type Table = Shown & { readonly sortBy?: string; readonly isDescending?: boolean };

export const table = (id: number, title: string, shown: Table): Unplaced => {
  const { sortBy, isDescending = true, queries } = shown;
  const transformations = 'columns' in queries ? [inOrder(queries.columns)] : [];
  return panel(
    'table',
    id,
    title,
    { color: byThresholds, transformations, ...shown },
    { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, filterable: true },
    {
      frameIndex: 0,
      showHeader: true,
      cellHeight: 'sm',
      enablePagination: true,
      sortBy: sortBy === undefined ? [] : [{ displayName: sortBy, desc: isDescending }],
    },
  );
};

/** Numbers of active instances, a row for each group. */
export const activeTable = (id: number, title: string, shown: Table): Unplaced =>
  table(id, title, { decimals: 0, noValue: noInstances, ...shown });

/** A row for each series, coloured by its value. */
export const timeline = (id: number, title: string, shown: Shown): Unplaced =>
  panel(
    'state-timeline',
    id,
    title,
    { color: byThresholds, ...shown },
    { fillOpacity: 80, lineWidth: 0 },
    {
      alignValue: 'left',
      mergeValues: true,
      perPage: 20,
      rowHeight: 0.85,
      showValue: 'never',
      legend: listLegend,
      tooltip: { mode: 'single', sort: 'none' },
    },
  );

/** Frequency of values over time: darker is more frequent. */
export const heatmap = (
  id: number,
  title: string,
  shown: Shown & { readonly unit: string },
): Unplaced =>
  panel(
    'heatmap',
    id,
    title,
    shown,
    {},
    {
      calculate: false,
      cellGap: 1,
      color: {
        mode: 'scheme',
        scheme: 'Oranges',
        scale: 'exponential',
        exponent: 0.5,
        fill: 'dark-orange',
        reverse: false,
        steps: 64,
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      showValue: 'never',
      tooltip: { mode: 'single', yHistogram: false },
      yAxis: { unit: shown.unit, axisPlacement: 'left' },
    },
  );

export const text =
  (id: number, title: string, question: string, content: string): Unplaced =>
  (gridPos) => ({
    type: 'text',
    id,
    title,
    gridPos,
    description: question,
    options: { mode: 'markdown', content },
  });

/** The alerts of the service that are not in the state Normal. */
export const alertList =
  (id: number, title: string, question: string): Unplaced =>
  (gridPos) => ({
    type: 'alertlist',
    id,
    title,
    gridPos,
    description: question,
    options: {
      viewMode: 'list',
      groupMode: 'default',
      groupBy: [],
      maxItems: 20,
      sortOrder: 3,
      dashboardAlerts: false,
      alertName: '',
      alertInstanceLabelFilter: '{service="ge-heartbeat"}',
      stateFilter: { firing: true, pending: true, noData: true, normal: false, error: true },
    },
  });

/** A row of its own that names the panels below it. */
export const heading =
  (id: number, title: string): Unplaced =>
  (gridPos) => ({
    type: 'row',
    id,
    title,
    gridPos,
    collapsed: false,
    panels: [],
  });
