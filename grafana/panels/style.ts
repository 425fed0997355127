import { placeholder } from '../queries/placeholder.ts';
import type { Color, FieldColor, Mapping, Override, Thresholds } from '../schema/field.ts';
import type { DataPanel, Transformation } from '../schema/panel.ts';
import type { DataSourceRef, Target } from '../schema/target.ts';

/** A panel before it has its place on a dashboard. */
export type Unplaced<Panel> = Panel extends unknown ? Omit<Panel, 'gridPos'> : never;

/** What is said of every panel that shows data. */
export type Shown = {
  /** Stays the same for good: links and alerts refer to it. */
  readonly id: number;
  readonly title: string;
  /** The question that it answers. */
  readonly question: string;
  readonly targets: readonly [Target, ...Target[]];
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly color?: FieldColor;
  readonly thresholds?: Thresholds;
  readonly mappings?: readonly Mapping[];
  readonly overrides?: readonly Override[];
  readonly noValue?: string;
  /** What a line is called, by its labels, where the query does not say. */
  readonly displayName?: string;
  readonly transformations?: readonly Transformation[];
  readonly interval?: string;
  readonly maxDataPoints?: number;
};

/** The parts that all kinds of panel have alike. */
export function common(shown: Shown) {
  const { id, title, question, targets, transformations = [], interval, maxDataPoints } = shown;
  const datasource: DataSourceRef = targets[0].datasource;
  return {
    id,
    title,
    description: question,
    datasource,
    targets: [...targets],
    transformations: [...transformations],
    ...(interval === undefined ? {} : { interval }),
    ...(maxDataPoints === undefined ? {} : { maxDataPoints }),
  };
}

export function fields<Custom>(shown: Shown, custom: Custom) {
  const { unit = 'short', decimals, min, max, thresholds = plain, noValue = 'none' } = shown;
  const { color = { mode: 'palette-classic' as const }, mappings = [], overrides = [] } = shown;
  const { displayName } = shown;
  return {
    defaults: {
      unit,
      ...(decimals === undefined ? {} : { decimals }),
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      noValue,
      ...(displayName === undefined ? {} : { displayName }),
      color,
      thresholds,
      mappings: [...mappings],
      custom,
    },
    overrides: [...overrides],
  };
}

/** Colours from a value on; `first` is that of all below. */
export const steps = (first: Color, ...more: [number, Color][]): Thresholds => ({
  mode: 'absolute',
  steps: [{ value: null, color: first }, ...more.map(([value, color]) => ({ value, color }))],
});
export const plain: Thresholds = steps('text');
export const byThresholds: FieldColor = { mode: 'thresholds' };

/** Words and colours for numbers, in the order of a legend. */
export const words = (of: Readonly<Record<string, readonly [string, Color]>>): Mapping => ({
  type: 'value',
  options: Object.fromEntries(
    Object.entries(of).map(([value, [text, color]], index) => [value, { text, color, index }]),
  ),
});

export const column = (name: string, ...properties: Override['properties']): Override => ({
  matcher: { id: 'byName', options: name },
  properties,
});

/** Names the columns of a table, in this order, and leaves the others out. */
export function arrange(
  renamed: Readonly<Record<string, string>>,
  ...left: readonly string[]
): Transformation {
  const names = Object.keys(renamed);
  return {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(left.map((name) => [name, true as const])),
      renameByName: { ...renamed },
      indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
    },
  };
}

/** The labels of a line, one behind the other. */
export const namedBy = (...labels: readonly string[]): string =>
  labels.map((name) => placeholder(`__field.labels.${name}`)).join(' ');

export type UnplacedDataPanel = Unplaced<DataPanel>;
