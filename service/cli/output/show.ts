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
      for await (const row of rows) {
        await screen.write(before + safeJson(row));
        before = ',\n';
      }
      await screen.write(before === ',\n' ? '\n]\n' : '[]\n');
      return;
    }
    case 'ndjson':
      for await (const row of rows) await screen.write(`${safeJson(row)}\n`);
      return;
    case 'csv':
      await showCsv(rows, view, screen);
  }
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
  const names = Object.keys(cells);
  const write = (values: readonly Cell[]) => {
    const cast = { boolean: String };
    const line = stringify([[...values]], { escape_formulas: true, cast });
    return screen.write(screen.isTerminal ? safeLines(line) : line);
  };
  await write(names);
  for await (const row of rows) await write(names.map((name) => cells[name]?.(row)));
}
