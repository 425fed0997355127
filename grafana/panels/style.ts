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

/** Names the columns of a table, in this order, and hides the time. */
export function arrange(headings: Readonly<Record<string, string>>): Transformation {
  const names = Object.keys(headings);
  return {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      renameByName: headings,
      indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
    },
  };
}

/** Name of a line: the values of its labels. */
export const namedBy = (...labels: readonly string[]): string =>
  labels.map((name) => placeholder(`__field.labels.${name}`)).join(' ');
