import type { InfinityType, Placeholder, PrometheusType } from '../types/query.ts';

export const prometheusType: PrometheusType = 'prometheus';
export const infinityType: InfinityType = 'yesoreyeram-infinity-datasource';

/** Data sources: names are shown in menus; links and alerts refer to uids. */
export const sourceUids = {
  prometheus: 'heartbeat-prometheus',
  api: 'heartbeat-api',
  monasca: 'heartbeat-monasca',
} as const;
export const sourceNames = {
  prometheus: 'Heartbeat Prometheus',
  api: 'Heartbeat API',
  monasca: 'Monasca',
} as const;

/** `${name}`: replaced by Grafana, from its variables or, in YAML, from its environment. */
export const placeholder = (name: string): Placeholder => `\${${name}}`;

/** References to the data sources that are selected on a dashboard. */
export const prometheus = { type: prometheusType, uid: placeholder('datasource') };
export const heartbeatApi = { type: infinityType, uid: placeholder('api_datasource') };
export const monasca = { type: infinityType, uid: placeholder('monasca_datasource') };

/** Job of the service in Prometheus. */
export const serviceJob = 'ge-heartbeat';

/** Interval of the scrapes; the range of a rate follows from it. */
export const scrapeSeconds = 15;
