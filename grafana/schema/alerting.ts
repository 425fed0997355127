import { z } from 'zod';

/** Files of Grafana's `provisioning/alerting`. */
const duration = z.string().regex(/^\d+[smh]$/);

const prometheusQuery = z.strictObject({
  refId: z.literal('A'),
  relativeTimeRange: z.strictObject({ from: z.int().positive(), to: z.literal(0) }),
  datasourceUid: z.string(),
  model: z.strictObject({
    refId: z.literal('A'),
    editorMode: z.literal('code'),
    expr: z.string().min(1),
    instant: z.literal(true),
    range: z.literal(false),
    intervalMs: z.int().positive(),
    maxDataPoints: z.int().positive(),
  }),
});
const math = z.strictObject({
  refId: z.literal('B'),
  datasourceUid: z.literal('__expr__'),
  model: z.strictObject({
    refId: z.literal('B'),
    type: z.literal('math'),
    expression: z.string().min(1),
  }),
});
const threshold = z.strictObject({
  refId: z.literal('C'),
  datasourceUid: z.literal('__expr__'),
  model: z.strictObject({
    refId: z.literal('C'),
    type: z.literal('threshold'),
    expression: z.literal('B'),
    conditions: z
      .array(
        z.strictObject({
          evaluator: z.strictObject({
            type: z.literal('gt'),
            params: z.array(z.number()).length(1),
          }),
        }),
      )
      .length(1),
  }),
});

const rule = z.strictObject({
  uid: z.string().regex(/^[a-z][a-z-]{0,39}$/),
  title: z.string().min(1),
  condition: z.literal('C'),
  data: z.tuple([prometheusQuery, math, threshold]),
  dashboardUid: z.string().min(1),
  panelId: z.int().positive(),
  /** No sample at all is that all is well; Prometheus being away is an error and not that. */
  noDataState: z.literal('OK'),
  execErrState: z.literal('Error'),
  for: duration,
  annotations: z.strictObject({
    summary: z.string().min(1),
    description: z.string().min(1),
    runbook_url: z.string().min(1),
  }),
  labels: z.strictObject({
    severity: z.enum(['critical', 'warning']),
    service: z.literal('ge-heartbeat'),
  }),
  isPaused: z.literal(false),
});

export const grafanaRuleFile = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: z.string().min(1),
      folder: z.string().min(1),
      interval: duration,
      rules: z.array(rule).min(1),
    }),
  ),
});
export type GrafanaRuleFile = z.infer<typeof grafanaRuleFile>;

/** Times of a week, as Grafana and Alertmanager both write them. */
export const timeInterval = z.strictObject({
  times: z.array(z.strictObject({ start_time: z.string(), end_time: z.string() })),
  weekdays: z.array(z.string()),
});

export const contactPointFile = z.strictObject({
  apiVersion: z.literal(1),
  contactPoints: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: z.string().min(1),
      receivers: z
        .array(
          z.strictObject({
            uid: z.string().regex(/^[a-z-]+$/),
            type: z.literal('email'),
            disableResolveMessage: z.literal(false),
            settings: z.strictObject({ addresses: z.string(), singleEmail: z.boolean() }),
          }),
        )
        .min(1),
    }),
  ),
});
export type ContactPointFile = z.infer<typeof contactPointFile>;

const route = {
  receiver: z.string().min(1),
  group_by: z.array(z.string()).min(1),
  group_wait: duration,
  group_interval: duration,
  repeat_interval: duration,
};
const matcher = z.tuple([z.string(), z.enum(['=', '!=', '=~', '!~']), z.string()]);
export const policyFile = z.strictObject({
  apiVersion: z.literal(1),
  policies: z.array(
    z.strictObject({
      orgId: z.literal(1),
      ...route,
      routes: z.array(
        z.strictObject({
          receiver: z.string().min(1),
          object_matchers: z.array(matcher).min(1),
          mute_time_intervals: z.array(z.string()).exactOptional(),
          repeat_interval: duration.exactOptional(),
        }),
      ),
    }),
  ),
});
export type PolicyFile = z.infer<typeof policyFile>;

export const muteTimeFile = z.strictObject({
  apiVersion: z.literal(1),
  muteTimes: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: z.string().min(1),
      time_intervals: z.array(timeInterval).min(1),
    }),
  ),
});
export type MuteTimeFile = z.infer<typeof muteTimeFile>;
