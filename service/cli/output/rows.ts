import { byteOrderMark, csvOptions } from '../../contract/values/csv.ts';
import { fieldValue, type RowField } from './field.ts';
import { safeJson, safeLines } from './safe-text.ts';
import type { Screen } from './screen.ts';
import { formatTable } from './table.ts';

export const outputFormats = ['table', 'json', 'ndjson', 'csv'] as const;
/** `excel`: CSV that begins with a byte order mark. */
export type OutputFormat = (typeof outputFormats)[number] | 'excel';

/** How rows are printed. JSON has all members of a row, whether a field or not. */
export type RowOutput<Row> = {
  /** In the order of CSV. */
  readonly fields: readonly RowField<Row>[];
  /** Keys of the fields that a table has, in its order; all of them if absent. */
  readonly inTable?: readonly string[];
  /** Printed instead of an empty table. */
  readonly empty: string;
};

/** Prints rows as they arrive; a table after the last one. */
export async function printRows<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  format: OutputFormat,
  { fields, inTable, empty }: RowOutput<Row>,
  screen: Screen,
): Promise<void> {
  switch (format) {
    case 'table': {
      const all = await Array.fromAsync(rows);
      const shown = inTable?.flatMap((key) => fields.find((field) => field.key === key) ?? []);
      const text = all.length > 0 ? formatTable(shown ?? fields, all, screen) : undefined;
      await screen.write(text ?? `${screen.paint('dim', empty)}\n`);
      return;
    }
    case 'json': {
      let separator = '[\n';
      for await (const piece of piecesOf(rows)) {
        await screen.write(separator + piece.map(safeJson).join(',\n'));
        separator = ',\n';
      }
      await screen.write(separator === ',\n' ? '\n]\n' : '[]\n');
      return;
    }
    case 'ndjson':
      for await (const piece of piecesOf(rows)) {
        await screen.write(piece.map((row) => `${safeJson(row)}\n`).join(''));
      }
      return;
    case 'excel':
      await screen.write(byteOrderMark);
      await printCsv(rows, fields, screen);
      return;
    case 'csv':
      await printCsv(rows, fields, screen);
  }
}

/** Unescaped for anything but a terminal. */
async function printCsv<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  fields: readonly RowField<Row>[],
  screen: Screen,
): Promise<void> {
  const { stringify } = await import('csv-stringify/sync');
  const write = (lines: readonly unknown[][]) => {
    const cells = lines.map((line) =>
      line.map((value) => (Array.isArray(value) ? value.join(' ') : value)),
    );
    const text = stringify(cells, csvOptions);
    return screen.write(screen.isTerminal ? safeLines(text) : text);
  };
  await write([fields.map(({ key }) => key)]);
  for await (const piece of piecesOf(rows)) {
    await write(piece.map((row) => fields.map((field) => fieldValue(field, row))));
  }
}

/** Rows that are written at once: one by one is slow for many. */
const maxPieceRows = 200;

async function* piecesOf<Row>(rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<Row[]> {
  let piece: Row[] = [];
  for await (const row of rows) {
    if (piece.push(row) < maxPieceRows) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
