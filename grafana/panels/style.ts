import { placeholder } from '../sources/names.ts';
import type {
  ColumnStyle,
  FieldColor,
  Mapping,
  Override,
  ThresholdSteps,
  Transformation,
} from '../types/dashboard.ts';

type Color = 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'purple' | 'text' | 'gray';

/** Colours from a value on; `first` applies below all of them. */
export const steps = (first: Color, ...more: [from: number, Color][]): ThresholdSteps => ({
  mode: 'absolute',
  steps: [{ value: null, color: first }, ...more.map(([value, color]) => ({ value, color }))],
});
export const byThresholds: FieldColor = { mode: 'thresholds' };
export const availabilitySteps = steps('red', [0.99, 'yellow'], [0.999, 'green']);

/** Texts and colours for values, in the order of a legend. */
export const texts = (of: Readonly<Record<string, readonly [string, Color]>>): Mapping[] => {
  const results = Object.entries(of).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return [{ type: 'value', options: Object.fromEntries(results) }];
};

export const column = (name: string, style: ColumnStyle): Override => ({
  matcher: { id: 'byName', options: name },
  properties: Object.entries(style).map(([id, value]) => ({ id, value })),
});

const organize = (
  order: readonly string[],
  renameByName: Readonly<Record<string, string>> = {},
  excludeByName: Readonly<Record<string, boolean>> = {},
): Transformation => ({
  id: 'organize',
  options: {
    excludeByName,
    renameByName,
    indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
  },
});

/** Names the columns of a table, in this order, and hides the time. */
export const arrange = (headings: Readonly<Record<string, string>>): Transformation =>
  organize(Object.keys(headings), headings, { Time: true });

/** Puts the columns in the order of the query: the plugin's server returns them sorted by name. */
export const inOrder = (columns: readonly { readonly text: string }[]): Transformation =>
  organize(columns.map(({ text }) => text));

/** Name of a line: the values of its labels. */
export const namedBy = (...labels: readonly string[]): string =>
  labels.map((name) => placeholder(`__field.labels.${name}`)).join(' ');
