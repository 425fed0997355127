import { type Column, type InfinityTarget, infinityType } from '../schema/target.ts';
import { placeholder } from './placeholder.ts';

/** The Infinity data sources: our own API, and Monasca itself. */
export const heartbeatApi = { type: infinityType, uid: placeholder('api_datasource') } as const;
export const monasca = { type: infinityType, uid: placeholder('monasca_datasource') } as const;

/** Columns of an answer: `name: 'selector'`, of one kind. */
const columns =
  (type: Column['type']) =>
  (texts: Readonly<Record<string, string>>): Column[] =>
    Object.entries(texts).map(([text, selector]) => ({ selector, text, type }));
export const strings = columns('string');
export const numbers = columns('number');
export const times = columns('timestamp');

export type Ask = {
  readonly datasource: typeof heartbeatApi | typeof monasca;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** JSONata that gives the rows, for answers that are not rows themselves. */
  readonly root?: string;
  readonly columns: readonly Column[];
};

/** Everything of a query but its place: the same in panels, annotations and variables. */
export const infinityQuery = ({
  path,
  parameters,
  root = '',
  columns,
}: Omit<Ask, 'datasource'>) => ({
  type: 'json' as const,
  source: 'url' as const,
  parser: 'backend' as const,
  url: path,
  url_options: {
    method: 'GET' as const,
    data: '' as const,
    headers: [],
    params: Object.entries(parameters).map(([key, value]) => ({ key, value })),
  },
  root_selector: root,
  columns: [...columns],
  filters: [],
  computed_columns: [],
  global_query_id: '' as const,
});

/** As rows of a table. */
export const ask = (refId: string, { datasource, ...query }: Ask): InfinityTarget => ({
  refId,
  datasource,
  ...infinityQuery(query),
  format: 'table',
});

/** As lines over time: columns of text become labels. The rows have to ascend in time. */
export const askOver = (refId: string, query: Ask): InfinityTarget => ({
  ...ask(refId, query),
  format: 'timeseries',
});

/** The range of time, as the plugin's server fills it in: also where no browser takes part. */
export const range = {
  from: placeholder('__timeFrom:date:iso'),
  to: placeholder('__timeTo:date:iso'),
} as const;

/** The same as the browser fills it in: queries of variables come to the server without a range. */
export const rangeInBrowser = {
  from: placeholder('__from:date:iso'),
  to: placeholder('__to:date:iso'),
} as const;

/**
 * A selector in JSONata that always gives an array, also of one row or of none. The plugin tries a
 * selector as a path of gjson first, where `[`, `{` and names that are there mean something else; one
 * that begins with a bracket of this kind is never such a path.
 */
export const jsonata = (rows: string): string => `([${rows}])`;

/**
 * JSONata that holds for the components that were chosen in the dashboard; `name` is where the
 * component's name stands in a row. All of them are the pattern `.+`, which is given as it is.
 */
export const isChosen = (name: string): string => `$contains(${name}, /^(\${ge:regex})$/)`;
