import { stringify } from 'csv-stringify/sync';

/** How a list is written. */
export const formats = ['json', 'ndjson', 'csv'] as const;
export type Format = (typeof formats)[number];

/** How the rows of a list look. */
export type Look<Row extends object> = {
  /**
   * Under which name the rows stand in a JSON object, beside others; without one, JSON is an array.
   * In NDJSON and CSV they stand alone.
   */
  readonly member?: string;
  /** The columns of CSV, and what stands in them. */
  readonly columns: readonly string[];
  readonly cells: (row: Row) => readonly (string | number | boolean | undefined)[];
};

/** Makes text of rows: `begin`, then as many pieces as there are, then `end`. */
export type Writer<Row extends object> = {
  begin(): string;
  piece(rows: readonly Row[]): string;
  /** What else stands in the JSON object. */
  end(rest?: object): string;
};

export function createWriter<Row extends object>(format: Format, look: Look<Row>): Writer<Row> {
  switch (format) {
    case 'json':
      return jsonWriter(look);
    case 'ndjson':
      return {
        begin: () => '',
        piece: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
        end: () => '',
      };
    case 'csv':
      return csvWriter(look);
  }
}

function jsonWriter<Row extends object>({ member }: Look<Row>): Writer<Row> {
  let before = '';
  return {
    begin: () => (member === undefined ? '[' : `{${JSON.stringify(member)}:[`),
    piece(rows) {
      if (rows.length === 0) return '';
      const text = before + rows.map((row) => JSON.stringify(row)).join(',');
      before = ',';
      return text;
    },
    end(rest = {}) {
      if (member === undefined) return ']';
      const members = JSON.stringify(rest).slice(1, -1);
      return members === '' ? ']}' : `],${members}}`;
    },
  };
}

/**
 * RFC 4180. Names and reasons come from the network, and a spreadsheet takes a cell that begins with
 * =, +, - or @ for a formula: such texts get an apostrophe before them. Numbers are left as they
 * are.
 */
function csvWriter<Row extends object>({ columns, cells }: Look<Row>): Writer<Row> {
  return {
    begin: () => stringify([columns]),
    piece: (rows) =>
      stringify(
        rows.map((row) => [...cells(row)]),
        { escape_formulas: true, cast: { boolean: String } },
      ),
    end: () => '',
  };
}
