import { stringify } from 'csv-stringify/sync';
import { csvOptions } from '../contract/values/csv.ts';

export const rowFormats = ['json', 'ndjson', 'csv'] as const;
export type RowFormat = (typeof rowFormats)[number];

/** A row; its members become those of a JSON object. */
export type RowValues = Readonly<Record<string, unknown>>;

/** How the rows of a list become text. */
export type RowLayout<Row extends RowValues> = {
  /**
   * Member of the JSON object that holds the rows, beside others; without it JSON is an array.
   * NDJSON and CSV contain the rows alone.
   */
  readonly member?: string;
  /** Names of the columns of CSV. */
  readonly columns: readonly string[];
  /** Values of a row by column, for rows whose members are not the columns themselves. */
  readonly formatRow?: (row: Row) => RowValues;
};

/** Makes text of rows: `begin`, then any number of `rows`, then `end`. */
export function createRowWriter<Row extends RowValues>(format: RowFormat, layout: RowLayout<Row>) {
  const { member, columns, formatRow = (row): RowValues => row } = layout;
  let separator = '';

  function jsonRows(rows: readonly Row[]): string {
    if (rows.length === 0) return '';
    const text = separator + rows.map((row) => JSON.stringify(row)).join(',');
    separator = ',';
    return text;
  }

  function csvRows(rows: readonly Row[]): string {
    const cells = rows.map((row) => {
      const values = formatRow(row);
      return columns.map((column) => values[column]);
    });
    return stringify(cells, csvOptions);
  }

  const rows: Readonly<Record<RowFormat, (rows: readonly Row[]) => string>> = {
    json: jsonRows,
    ndjson: (some) => some.map((row) => `${JSON.stringify(row)}\n`).join(''),
    csv: csvRows,
  };
  return {
    begin(): string {
      if (format === 'csv') return stringify([columns]);
      if (format === 'ndjson') return '';
      return member === undefined ? '[' : `{${JSON.stringify(member)}:[`;
    },
    rows: rows[format],
    /** `rest` holds the other members of the JSON object. */
    end(rest: object = {}): string {
      if (format !== 'json') return '';
      if (member === undefined) return ']';
      const members = JSON.stringify(rest).slice(1, -1);
      return members === '' ? ']}' : `],${members}}`;
    },
  };
}
