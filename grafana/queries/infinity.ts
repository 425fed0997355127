import { placeholder } from '../sources/names.ts';
import type { Column, InfinityQuery, InfinityRef, InfinityRequest } from '../types/query.ts';

/** Columns of one type: `heading: 'selector'`. */
const columns =
  (type: Column['type']) =>
  (selectors: Readonly<Record<string, string>>): Column[] =>
    Object.entries(selectors).map(([text, selector]) => ({ selector, text, type }));
export const strings = columns('string');
export const numbers = columns('number');
export const times = columns('timestamp');

export type Request = {
  readonly path: InfinityRequest['url'];
  readonly parameters: Readonly<Record<string, string>>;
  /** JSONata that selects the rows, for responses that are not rows themselves. */
  readonly root?: string;
  readonly columns: readonly Column[][];
};
export type InfinitySource = Request & { readonly datasource: InfinityRef };

/** A request without its data source: the same in panels, annotations and variables. */
export const infinityRequest = (
  { path, parameters, root = '', columns }: Request,
  format: InfinityRequest['format'] = 'table',
): InfinityRequest => ({
  type: 'json',
  source: 'url',
  parser: 'backend',
  format,
  url: path,
  url_options: {
    method: 'GET',
    data: '',
    headers: [],
    params: Object.entries(parameters).map(([key, value]) => ({ key, value })),
  },
  root_selector: root,
  columns: columns.flat(),
  filters: [],
  computed_columns: [],
  global_query_id: '',
});

/** Rows of a table. */
export const tableOf = ({ datasource, ...request }: InfinitySource): InfinityQuery => ({
  datasource,
  ...infinityRequest(request),
});

/** Lines over time: columns of text become labels. The rows must ascend in time. */
export const seriesOf = ({ datasource, ...request }: InfinitySource): InfinityQuery => ({
  datasource,
  ...infinityRequest(request, 'timeseries'),
});

/** The time range, as the plugin's server inserts it: also where no browser takes part. */
export const timeRange = {
  from: placeholder('__timeFrom:date:iso'),
  to: placeholder('__timeTo:date:iso'),
};

/** The time range, as the browser inserts it: queries of variables reach the server without one. */
export const timeRangeInBrowser = {
  from: placeholder('__from:date:iso'),
  to: placeholder('__to:date:iso'),
};

/**
 * JSONata that always gives an array, also of one row or of none. The plugin first tries a selector
 * as a path of gjson, where `[`, `{` and existing names have another meaning; a selector that begins
 * with this kind of bracket is never such a path.
 */
export const jsonata = (rows: string): string => `([${rows}])`;

/**
 * JSONata that is true for the components selected on the dashboard; `name` is where a row has the
 * component's name. "All" is the pattern `.+`, which is inserted unescaped.
 */
export const isSelected = (name: string): string => `$contains(${name}, /^(\${ge:regex})$/)`;
