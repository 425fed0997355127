import Table from 'cli-table3';
import { safeLine } from './safe-text.ts';
import type { Colour, Screen } from './screen.ts';

/** How a column of a table is shown; `Row` is what the service answers with. */
export type Column<Row> = {
  readonly title: string;
  readonly align?: 'right';
  /** Half of it is no use: a time, a state. Numbers are so too. */
  readonly isWhole?: true;
  readonly text: (row: Row) => string;
  readonly colour?: (row: Row) => Colour | undefined;
};

/** The padding of two included. */
const narrowest = 8;

/**
 * Rows as a table that fits the screen: texts give way first, and what does not fit ends in an
 * ellipsis. Where that is not enough the last columns are left out.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  screen: Screen,
): string {
  const natural = render(columns, rows, screen, []);
  const widths = widthsOf(natural);
  const available = screen.isTerminal ? screen.columns : Number.POSITIVE_INFINITY;
  if (sum(widths) <= available) return linesOf(natural);
  const fitting = narrowed(widths, columns, available);
  if (sum(fitting) > available && columns.length > 1) {
    return table(columns.slice(0, -1), rows, screen);
  }
  return linesOf(render(columns, rows, screen, fitting));
}

/** Without the line that tells the widths. */
function linesOf(rendered: string): string {
  const [, ...lines] = rendered.split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

const nothing = {
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/** The table under a line that tells the widths of its columns. */
function render<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { paint, isUnicode }: Screen,
  colWidths: number[],
): string {
  const shown = new Table({
    head: columns.map(({ title }) => paint('bold', title.toUpperCase())),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths,
    chars: { ...nothing, top: '-', 'top-mid': '+' },
    truncate: isUnicode ? '…' : '~',
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  for (const row of rows) {
    shown.push(
      columns.map(({ text, colour }) => {
        const chosen = colour?.(row);
        const safe = safeLine(text(row));
        return chosen === undefined || safe === '' ? safe : paint(chosen, safe);
      }),
    );
  }
  return shown.toString();
}

function widthsOf(rendered: string): number[] {
  const [rule = ''] = rendered.split('\n');
  return rule.split('+').map((part) => part.length);
}

/** Columns of which half is no use keep their width as long as others can give way. */
function narrowed(
  widths: readonly number[],
  columns: readonly Column<never>[],
  available: number,
): number[] {
  const short = widths.map((width) => Math.min(width, narrowest));
  const kept = widths.map((width, index) => {
    const { align, isWhole } = columns[index] ?? {};
    return align === 'right' || isWhole ? width : Math.min(width, narrowest);
  });
  const least = sum(kept) <= available ? kept : short;
  const fitting = [...widths];
  for (let excess = sum(fitting) - available; excess > 0; excess--) {
    const room = fitting.map((width, index) => width - (least[index] ?? 0));
    const most = Math.max(...room);
    if (most === 0) break;
    const at = room.indexOf(most);
    fitting[at] = (fitting[at] ?? 0) - 1;
  }
  return fitting;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
