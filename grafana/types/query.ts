/** Queries of Prometheus and of the Infinity plugin. Grafana publishes no types for them. */
export type PrometheusType = 'prometheus';
export type InfinityType = 'yesoreyeram-infinity-datasource';
/** A variable that Grafana replaces by its value. */
export type Placeholder = `\${${string}}`;
type Ref<Type> = { readonly type: Type; readonly uid: Placeholder };
export type PrometheusRef = Ref<PrometheusType>;
export type InfinityRef = Ref<InfinityType>;

/** Either instant, at the end of the time range, or over the time range. */
export type PrometheusQuery = {
  readonly datasource: PrometheusRef;
  readonly editorMode: 'code';
  readonly expr: string;
  readonly legendFormat?: string;
  readonly format: 'time_series' | 'table' | 'heatmap';
} & (
  | { readonly instant: true; readonly range: false }
  | { readonly instant: false; readonly range: true }
);

export type Column = {
  readonly selector: string;
  readonly text: string;
  readonly type: 'string' | 'number' | 'timestamp';
};

/** Without `parser` the plugin runs the query in the browser, where alerts cannot use it. */
export type InfinityRequest = {
  readonly type: 'json';
  readonly source: 'url';
  readonly parser: 'backend';
  readonly format: 'table' | 'timeseries';
  readonly url: `/${string}`;
  readonly url_options: {
    readonly method: 'GET';
    readonly data: '';
    readonly headers: readonly [];
    readonly params: readonly { readonly key: string; readonly value: string }[];
  };
  /** JSONata that selects the rows of the response. */
  readonly root_selector: string;
  readonly columns: readonly Column[];
  readonly filters: readonly [];
  readonly computed_columns: readonly [];
  readonly global_query_id: '';
};
export type InfinityQuery = { readonly datasource: InfinityRef } & InfinityRequest;

export type Query = PrometheusQuery | InfinityQuery;
/** A query in its place on a panel: a letter for each. */
export type Target<Of = Query> = { readonly refId: string } & Of;
