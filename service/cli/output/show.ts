import { safeJson, safeLines } from './safe-text.ts';
import type { Screen } from './screen.ts';
import { type Column, table } from './table.ts';

/** How rows are printed: for people, for programs, for spreadsheets. */
export const formats = ['table', 'json', 'ndjson', 'csv'] as const;
export type Format = (typeof formats)[number];

export type Cell = string | number | boolean | undefined;

/** What a command knows of its rows. */
export type View<Row> = {
  readonly columns: readonly Column<Row>[];
  /** The same in a file: all that there is, as the service says it. */
  readonly cells: Readonly<Record<string, (row: Row) => Cell>>;
  /** Said in place of an empty table. */
  readonly none: string;
};

/** Rows that are there already. */
export async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

/** Prints the rows as they come, but for a table, which needs all of them. */
export async function show<Row>(
  rows: AsyncIterable<Row>,
  format: Format,
  view: View<Row>,
  screen: Screen,
): Promise<void> {
  switch (format) {
    case 'table': {
      const all = await Array.fromAsync(rows);
      await screen.write(
        all.length === 0 ? `${screen.paint('dim', view.none)}\n` : table(view.columns, all, screen),
      );
      return;
    }
    case 'json': {
      let before = '[\n';
      await writeAll(rows, screen, (piece) => {
        const text = before + piece.map((row) => safeJson(row)).join(',\n');
        before = ',\n';
        return text;
      });
      await screen.write(before === ',\n' ? '\n]\n' : '[]\n');
      return;
    }
    case 'ndjson':
      await writeAll(rows, screen, (piece) => piece.map((row) => `${safeJson(row)}\n`).join(''));
      return;
    case 'csv':
      await showCsv(rows, view, screen);
  }
}

/** Rows that are written together: one by one is slow where there are very many. */
const pieceRows = 200;

async function writeAll<Row>(
  rows: AsyncIterable<Row>,
  screen: Screen,
  textOf: (piece: readonly Row[]) => string,
): Promise<void> {
  let piece: Row[] = [];
  for await (const row of rows) {
    if (piece.push(row) < pieceRows) continue;
    await screen.write(textOf(piece));
    piece = [];
  }
  if (piece.length > 0) await screen.write(textOf(piece));
}

/**
 * RFC 4180, exact where it goes to a file. A spreadsheet takes a cell that begins with =, +, - or @
 * for a formula, and these come from the network: they get an apostrophe before them.
 */
async function showCsv<Row>(
  rows: AsyncIterable<Row>,
  { cells }: View<Row>,
  screen: Screen,
): Promise<void> {
  const { stringify } = await import('csv-stringify/sync');
  const columns = Object.entries(cells);
  const textOf = (lines: Cell[][]) => {
    const text = stringify(lines, { escape_formulas: true, cast: { boolean: String } });
    return screen.isTerminal ? safeLines(text) : text;
  };
  await screen.write(textOf([columns.map(([name]) => name)]));
  await writeAll(rows, screen, (piece) =>
    textOf(piece.map((row) => columns.map(([, cell]) => cell(row)))),
  );
}
