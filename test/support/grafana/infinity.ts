import jsonata from 'jsonata';
import { z } from 'zod';
import type { Column, InfinityRequest } from '../../../grafana/types/query.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Rows that the Infinity plugin makes of a response, by the rules for its columns. */
export type Frame = { readonly rows: readonly Row[]; readonly faults: readonly string[] };

type Query = Pick<InfinityRequest, 'url' | 'url_options' | 'root_selector' | 'columns' | 'format'>;

export const addressOf = (base: string, { url, url_options: { params } }: Query): string =>
  `${base}${url}?${new URLSearchParams(params.map(({ key, value }) => [key, value]))}`;

/** Applies the selector, and reads the columns of each row. */
export async function frameOf(query: Query, response: unknown): Promise<Frame> {
  const selected: unknown =
    query.root_selector === '' ? response : await jsonata(query.root_selector).evaluate(response);
  // JSONata returns arrays with additional properties.
  const rows = z
    .array(z.record(z.string(), z.unknown()))
    .parse(JSON.parse(JSON.stringify(selected)));
  const columns = asReturned(query.columns);
  const read = rows.map((row) =>
    Object.fromEntries(columns.map(({ text, selector }) => [text, at(row, selector)])),
  );
  return {
    rows: read,
    faults: [...columnFaults(query.columns, read), ...orderFaults(query, read)],
  };
}

/** Columns in the order in which the plugin's server returns them: sorted by name. */
export const asReturned = (columns: readonly Column[]): Column[] =>
  columns.toSorted((one, other) => (one.text < other.text ? -1 : 1));

const at = (row: unknown, selector: string): unknown =>
  selector
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null
          ? Object.entries(value).find(([name]) => name === key)?.[1]
          : undefined,
      row,
    );

function columnFaults(columns: readonly Column[], rows: readonly Row[]): string[] {
  return columns.flatMap(({ text, type }) => {
    const values = rows
      .map((row) => row[text])
      .filter((value) => value !== undefined && value !== null);
    if (rows.length > 0 && values.length === 0) return [`${text}: no row has it`];
    const fits = (value: unknown) =>
      type === 'number'
        ? typeof value === 'number'
        : typeof value === 'string' && (type !== 'timestamp' || !Number.isNaN(Date.parse(value)));
    return values.every(fits) ? [] : [`${text}: not all values are a ${type}`];
  });
}

/** The plugin makes lines only of rows that ascend in time; otherwise it gives up without an error. */
function orderFaults({ format, columns }: Query, rows: readonly Row[]): string[] {
  if (format !== 'timeseries') return [];
  const [time, ...others] = columns.filter(({ type }) => type === 'timestamp');
  if (time === undefined || others.length > 0) return ['one column of times is needed'];
  const times = rows.map((row) => Date.parse(String(row[time.text])));
  const isAscending = times.every((ms, index) => ms >= (times[index - 1] ?? ms));
  return isAscending ? [] : ['the rows do not ascend in time'];
}
