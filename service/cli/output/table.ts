import Table from 'cli-table3';
import { fieldDisplay, fieldValue, type RowField } from './field.ts';
import { safeLine } from './safe-text.ts';
import type { Screen } from './screen.ts';

/** Minimum width of a column that is cut, with its padding of two. */
const minWidth = 8;

/**
 * Rows as a table that fits the screen. Texts are cut first and end in an ellipsis; if that is not
 * enough, the last columns are left out.
 */
export function formatTable<Row>(
  fields: readonly RowField<Row>[],
  rows: readonly Row[],
  screen: Screen,
): string {
  const table = createTable(fields, rows, screen);
  const text = table.toString();
  const natural = table.options.colWidths.map(Number);
  const available = screen.isTerminal ? screen.columns : Number.POSITIVE_INFINITY;
  const widths = fitWidths(natural, fields, available);
  if (sum(widths) > available && fields.length > 1) {
    return formatTable(fields.slice(0, -1), rows, screen);
  }
  if (sum(natural) <= available) return withoutPadding(text);
  return withoutPadding(createTable(fields, rows, screen, widths).toString());
}

const withoutPadding = (text: string): string => `${text.replaceAll(/ +$/gm, '')}\n`;

const borders =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right ' +
  'left left-mid mid mid-mid right right-mid middle';
const noBorders = Object.fromEntries(borders.split(' ').map((border) => [border, '']));

function createTable<Row>(
  fields: readonly RowField<Row>[],
  rows: readonly Row[],
  { paint, isUnicode }: Screen,
  colWidths: number[] = [],
): InstanceType<typeof Table> {
  const table = new Table({
    head: fields.map(({ key, title = key }) => paint('bold', title.toUpperCase())),
    colAligns: fields.map((field) => fieldDisplay(field).align ?? 'left'),
    colWidths,
    chars: noBorders,
    truncate: isUnicode ? '…' : '~',
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  table.push(...rows.map((row) => fields.map((field) => cellOf(field, row, paint))));
  return table;
}

function cellOf<Row>(field: RowField<Row>, row: Row, paint: Screen['paint']): string {
  const value = fieldValue(field, row);
  if (value === undefined || value === null || value === '') return '';
  const { format, colour } = fieldDisplay(field);
  const text = safeLine(format(value));
  const painted = field.colour ? field.colour(row) : colour?.(value);
  return painted === undefined ? text : paint(painted, text);
}

/** The widths, with the widest columns narrowed until all fit; uncuttable ones only if necessary. */
function fitWidths(
  natural: readonly number[],
  fields: readonly RowField<never>[],
  available: number,
): number[] {
  const shortest = natural.map((width) => Math.min(width, minWidth));
  const preferred = natural.map((width, index) =>
    fields[index] && fieldDisplay(fields[index]).isCuttable ? Math.min(width, minWidth) : width,
  );
  const least = sum(preferred) <= available ? preferred : shortest;
  const widths = [...natural];
  for (let excess = sum(widths) - available; excess > 0; excess--) {
    const slack = widths.map((width, index) => width - (least[index] ?? 0));
    const widest = slack.indexOf(Math.max(...slack));
    if (!slack[widest]) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
