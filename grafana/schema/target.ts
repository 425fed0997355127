import { z } from 'zod';

/** Queries: what a panel, an annotation or a variable asks a data source. */
export const prometheusType = 'prometheus';
export const infinityType = 'yesoreyeram-infinity-datasource';

const variableRef = z.string().regex(/^\$\{\w+\}$/, 'a variable');
export const prometheusRef = z.strictObject({ type: z.literal(prometheusType), uid: variableRef });
export const infinityRef = z.strictObject({ type: z.literal(infinityType), uid: variableRef });
export const dataSourceRef = z.discriminatedUnion('type', [prometheusRef, infinityRef]);
export type DataSourceRef = z.infer<typeof dataSourceRef>;

const refId = z.string().regex(/^[A-Z]$/);

export const prometheusTarget = z
  .strictObject({
    refId,
    datasource: prometheusRef,
    editorMode: z.literal('code'),
    expr: z.string().min(1),
    legendFormat: z.string().exactOptional(),
    format: z.enum(['time_series', 'table', 'heatmap']),
    instant: z.boolean(),
    range: z.boolean(),
    interval: z.string().exactOptional(),
  })
  .refine(({ instant, range }) => instant !== range, 'either an instant query or one of a range');
export type PrometheusTarget = z.infer<typeof prometheusTarget>;

const column = z.strictObject({
  selector: z.string().min(1),
  text: z.string(),
  type: z.enum(['string', 'number', 'timestamp', 'boolean']),
});
export type Column = z.infer<typeof column>;

const pair = z.strictObject({ key: z.string().min(1), value: z.string() });

/** The plugin takes a query whose parser is not given for one of the browser: it always is. */
const infinityQuery = {
  type: z.literal('json'),
  source: z.literal('url'),
  parser: z.literal('backend'),
  format: z.enum(['table', 'timeseries']),
  url: z.string().startsWith('/'),
  url_options: z.strictObject({
    method: z.literal('GET'),
    data: z.literal(''),
    headers: z.array(pair).length(0),
    params: z.array(pair),
  }),
  /** JSONata, applied to the answer before the columns are read. */
  root_selector: z.string(),
  columns: z.array(column).min(1),
  filters: z.array(z.never()),
  computed_columns: z.array(z.never()),
  global_query_id: z.literal(''),
};
export const infinityTarget = z.strictObject({ refId, datasource: infinityRef, ...infinityQuery });
export type InfinityTarget = z.infer<typeof infinityTarget>;

export const target = z.union([prometheusTarget, infinityTarget]);
export type Target = z.infer<typeof target>;
export const isInfinity = (one: Target): one is InfinityTarget => 'url' in one;

/** The query behind a variable: its columns are called `__text` and `__value`. */
export const infinityVariableQuery = z.strictObject({
  queryType: z.literal('infinity'),
  refId: z.string(),
  infinityQuery: z.strictObject({ refId: z.string(), ...infinityQuery }),
});
export const prometheusVariableQuery = z.strictObject({
  /** 1 is label values with the text of the query. */
  qryType: z.literal(1),
  query: z.string().min(1),
  refId: z.literal('PrometheusVariableQueryEditor-VariableQuery'),
});
