import { stringify } from 'csv-stringify/sync';
import type { Format } from './format.ts';

/** A list of things, as it becomes known piece by piece. */
export type Rows<Row extends object> = {
  /**
   * Under which name the rows stand in a JSON object, beside `rest`; without one, JSON is an array.
   * In NDJSON and CSV they stand alone.
   */
  readonly member?: string;
  /** What else there is to say, asked for when all rows are written. */
  readonly rest?: () => object;
  /** The columns of CSV, and what stands in them. */
  readonly columns: readonly string[];
  readonly cells: (row: Row) => readonly (string | number | boolean | undefined)[];
  readonly pieces: AsyncIterable<readonly Row[]>;
};

/** The text of an answer, a chunk a piece. */
export function write<Row extends object>(format: Format, rows: Rows<Row>): AsyncGenerator<string> {
  switch (format) {
    case 'json':
      return writeJson(rows);
    case 'ndjson':
      return writeLines(rows);
    case 'csv':
      return writeCsv(rows);
  }
}

async function* writeJson<Row extends object>({ member, rest, pieces }: Rows<Row>) {
  let before = member === undefined ? '[' : `{${JSON.stringify(member)}:[`;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    yield before + piece.map((row) => JSON.stringify(row)).join(',');
    before = ',';
  }
  const begin = before === ',' ? '' : before;
  const members = member === undefined ? '{}' : JSON.stringify(rest?.() ?? {});
  const end = members === '{}' ? '' : `,${members.slice(1, -1)}`;
  yield `${begin}]${member === undefined ? '' : `${end}}`}`;
}

async function* writeLines<Row extends object>({ pieces }: Rows<Row>) {
  for await (const piece of pieces) {
    yield piece.map((row) => `${JSON.stringify(row)}\n`).join('');
  }
}

/**
 * RFC 4180. Names and reasons come from the network, and a spreadsheet takes a cell that begins with
 * =, +, - or @ for a formula: such texts get an apostrophe before them. Numbers are left as they
 * are.
 */
async function* writeCsv<Row extends object>({ columns, cells, pieces }: Rows<Row>) {
  yield stringify([columns]);
  for await (const piece of pieces) {
    yield stringify(
      piece.map((row) => [...cells(row)]),
      { escape_formulas: true, cast: { boolean: String } },
    );
  }
}
