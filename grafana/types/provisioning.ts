import type { InfinityType, Placeholder, PrometheusType } from './query.ts';

/** Files that Grafana provisions. It publishes no types for them. */
type Duration = `${number}${'s' | 'm' | 'h'}`;
type InfinitySource<Type, Settings> = {
  type: Type;
  name: string;
  uid: string;
  access: 'proxy';
  url: Placeholder;
  isDefault: boolean;
  editable: false;
  jsonData: Settings;
};
type PrometheusSettings = {
  httpMethod: 'POST';
  timeInterval: Duration;
  prometheusType: 'Prometheus';
  manageAlerts: boolean;
};
/** With a secret, the plugin sends requests only to the hosts that are listed. */
export type InfinitySettings = {
  allowedHosts: string[];
  timeoutInSeconds: number;
  unsecuredQueryHandling: 'deny';
  customHealthCheckEnabled: true;
  customHealthCheckUrl: string;
};
type OAuth2 = Record<'client_id' | 'token_url' | 'authHeader' | 'tokenTemplate', string> & {
  oauth2_type: 'client_credentials';
  /** 2 is the header of basic authentication, which Keystone requires. */
  authStyle: 2;
};
type BearerSettings = { auth_method: 'bearerToken' } & InfinitySettings;
type OAuth2Settings = { auth_method: 'oauth2' } & InfinitySettings & { oauth2: OAuth2 };
export type DataSourceFile = {
  apiVersion: 1;
  prune: true;
  datasources: (
    | InfinitySource<PrometheusType, PrometheusSettings>
    | (InfinitySource<InfinityType, BearerSettings> & { secureJsonData: { bearerToken: string } })
    | (InfinitySource<InfinityType, OAuth2Settings> & {
        secureJsonData: { oauth2ClientSecret: string };
      })
  )[];
};

type Expression<RefId, Model> = {
  refId: RefId;
  datasourceUid: '__expr__';
  model: { refId: RefId } & Model;
};
export type GrafanaRule = {
  uid: string;
  title: string;
  condition: 'C';
  data: readonly [
    {
      refId: 'A';
      relativeTimeRange: { from: number; to: 0 };
      datasourceUid: string;
      model: { refId: 'A'; editorMode: 'code'; expr: string; instant: true; range: false } & {
        intervalMs: number;
        maxDataPoints: number;
      };
    },
    Expression<'B', { type: 'math'; expression: string }>,
    Expression<
      'C',
      {
        type: 'threshold';
        expression: 'B';
        conditions: { evaluator: { type: 'gt'; params: [number] } }[];
      }
    >,
  ];
  dashboardUid: string;
  panelId: number;
  noDataState: 'OK' | 'NoData' | 'Alerting' | 'KeepLast';
  execErrState: 'OK' | 'Error' | 'Alerting' | 'KeepLast';
  for: Duration;
  annotations: { summary: string; description: string; runbook_url: string };
  labels: { severity: 'critical' | 'warning'; service: string };
  isPaused: false;
};

type Matcher = [label: string, operator: '=' | '!=' | '=~' | '!~', value: string];
type Timing = Partial<Record<'group_wait' | 'group_interval' | 'repeat_interval', Duration>>;
type Policy = Timing & { receiver: string; group_by: string[] };
type Route = Timing & {
  receiver: string;
  object_matchers: Matcher[];
  mute_time_intervals?: string[];
};
export type PolicyFile = {
  apiVersion: 1;
  policies: ({ orgId: 1 } & Policy & { routes: Route[] })[];
};
