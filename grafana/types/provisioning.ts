import type { InfinityType, Placeholder, PrometheusType } from './query.ts';

/** Files that Grafana, Prometheus and Alertmanager read. None of them publishes types. */
export type Duration = `${number}${'s' | 'm' | 'h'}`;
type Source<Type, Data, Secrets = never> = {
  type: Type;
  name: string;
  uid: string;
  access: 'proxy';
  url: Placeholder;
  isDefault: boolean;
  editable: false;
  jsonData: Data;
} & ([Secrets] extends [never] ? unknown : { secureJsonData: Secrets });

/** With a secret, the plugin sends requests only to the hosts that are listed. */
export type InfinityAccess = {
  allowedHosts: string[];
  timeoutInSeconds: number;
  unsecuredQueryHandling: 'deny';
  customHealthCheckEnabled: true;
  customHealthCheckUrl: string;
};
type OAuth2 = {
  oauth2_type: 'client_credentials';
  client_id: string;
  token_url: string;
  /** 2 is the header of basic authentication, which Keystone requires. */
  authStyle: 2;
  authHeader: string;
  tokenTemplate: string;
};
export type DataSourceFile = {
  apiVersion: 1;
  prune: true;
  datasources: (
    | Source<
        PrometheusType,
        {
          httpMethod: 'POST';
          timeInterval: Duration;
          prometheusType: 'Prometheus';
          manageAlerts: boolean;
        }
      >
    | Source<
        InfinityType,
        { auth_method: 'bearerToken' } & InfinityAccess,
        { bearerToken: Placeholder }
      >
    | Source<
        InfinityType,
        { auth_method: 'oauth2' } & InfinityAccess & { oauth2: OAuth2 },
        { oauth2ClientSecret: Placeholder }
      >
  )[];
};

export type GrafanaRuleFile = {
  apiVersion: 1;
  groups: { orgId: 1; name: string; folder: string; interval: Duration; rules: GrafanaRule[] }[];
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
    Expression<'C', { type: 'threshold'; expression: 'B'; conditions: { evaluator: Evaluator }[] }>,
  ];
  dashboardUid: string;
  panelId: number;
  noDataState: 'OK' | 'NoData' | 'Alerting' | 'KeepLast';
  execErrState: 'OK' | 'Error' | 'Alerting' | 'KeepLast';
  for: Duration;
  annotations: { summary: string; description: string; runbook_url: string };
  labels: { severity: 'critical' | 'warning'; service: 'ge-heartbeat' };
  isPaused: false;
};
type Evaluator = { type: 'gt'; params: [number] };
type Expression<Ref, Model> = {
  refId: Ref;
  datasourceUid: '__expr__';
  model: { refId: Ref } & Model;
};

export type ContactPointFile = {
  apiVersion: 1;
  contactPoints: {
    orgId: 1;
    name: string;
    receivers: {
      uid: string;
      type: 'email';
      disableResolveMessage: boolean;
      settings: { addresses: Placeholder; singleEmail: boolean };
    }[];
  }[];
};

/** Times of the week, the same in Grafana and Alertmanager. */
export type TimeInterval = {
  times: { start_time: string; end_time: string }[];
  weekdays: string[];
};
export type Window = { name: string; time_intervals: TimeInterval[] };
export type MuteTimeFile = { apiVersion: 1; muteTimes: ({ orgId: 1 } & Window)[] };

export type RouteTiming = {
  group_wait: Duration;
  group_interval: Duration;
  repeat_interval: Duration;
};
type Matcher = [label: string, operator: '=' | '!=' | '=~' | '!~', value: string];
type Route<Matching> = Matching & { mute_time_intervals?: string[]; repeat_interval?: Duration };
export type PolicyFile = {
  apiVersion: 1;
  policies: ({ orgId: 1; receiver: string; group_by: string[] } & RouteTiming & {
      routes: Route<{ receiver: string; object_matchers: Matcher[] }>[];
    })[];
};

export type AlertmanagerFile = {
  global: { smtp_smarthost: string; smtp_from: string; smtp_require_tls: boolean };
  route: { receiver: string; group_by: string[] } & RouteTiming & {
      routes: Route<{ matchers: string[] }>[];
    };
  receivers: { name: string; email_configs: { to: string; send_resolved: boolean }[] }[];
  inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  time_intervals: Window[];
};
