import type { UnplacedDataPanel } from './style.ts';
import { byThresholds, common, fields, type Shown } from './style.ts';

/** The kinds of panel, in one style each. */
type Of<Type extends UnplacedDataPanel['type']> = Extract<UnplacedDataPanel, { type: Type }>;

type Lines = Shown & {
  /** Values that hold until the next one, as counts of instances do. */
  readonly isStepped?: boolean;
  readonly isStacked?: boolean;
  readonly isBars?: boolean;
  readonly legend?: 'list' | 'table';
};

export function lines(shown: Lines): Of<'timeseries'> {
  const { isStepped = false, isStacked = false, isBars = false, legend = 'list' } = shown;
  return {
    type: 'timeseries',
    ...common(shown),
    fieldConfig: fields(
      { min: 0, ...shown },
      {
        drawStyle: isBars ? 'bars' : 'line',
        lineInterpolation: isStepped ? 'stepAfter' : 'linear',
        lineWidth: 1,
        fillOpacity: isBars ? 80 : isStacked ? 30 : 8,
        showPoints: 'never',
        spanNulls: false,
        stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
      },
    ),
    options: {
      legend:
        legend === 'table'
          ? {
              displayMode: 'table',
              placement: 'right',
              showLegend: true,
              calcs: ['lastNotNull', 'max'],
              sortBy: 'Max',
              sortDesc: true,
            }
          : { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

type Stat = Shown & { readonly hasGraph?: boolean; readonly isNamed?: boolean };

export function stat(shown: Stat): Of<'stat'> {
  return {
    type: 'stat',
    ...common(shown),
    fieldConfig: fields({ color: byThresholds, ...shown }, {}),
    options: {
      colorMode: 'value',
      graphMode: shown.hasGraph ? 'area' : 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      percentChangeColorMode: 'standard',
      showPercentChange: false,
      textMode: shown.isNamed ? 'value_and_name' : 'auto',
      wideLayout: true,
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
}

type Table = Shown & { readonly sortBy?: string; readonly isDescending?: boolean };

export function table(shown: Table): Of<'table'> {
  const { sortBy, isDescending = true } = shown;
  return {
    type: 'table',
    ...common(shown),
    fieldConfig: fields(
      { color: byThresholds, ...shown },
      { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, filterable: true },
    ),
    options: {
      frameIndex: 0,
      showHeader: true,
      cellHeight: 'sm',
      enablePagination: true,
      sortBy: sortBy === undefined ? [] : [{ displayName: sortBy, desc: isDescending }],
    },
  };
}

/** A row each, whose colour says how it was with it. */
export function timeline(shown: Shown): Of<'state-timeline'> {
  return {
    type: 'state-timeline',
    ...common(shown),
    fieldConfig: fields({ color: byThresholds, ...shown }, { fillOpacity: 80, lineWidth: 0 }),
    options: {
      alignValue: 'left',
      mergeValues: true,
      perPage: 20,
      rowHeight: 0.85,
      showValue: 'never',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
  };
}

/** How often which value came, over time: darker is more. */
export function heatmap(shown: Shown & { readonly unit: string }): Of<'heatmap'> {
  return {
    type: 'heatmap',
    ...common(shown),
    fieldConfig: fields(shown, {}),
    options: {
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
  };
}
