import { z } from 'zod';
import { timeInterval } from './alerting.ts';

/** Files of Prometheus and Alertmanager; `promtool` and `amtool` check them too. */
const duration = z.string().regex(/^\d+[smh]$/);

export const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().min(1),
      interval: duration,
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Heartbeat\w+$/),
          expr: z.string().min(1),
          for: duration,
          labels: z.strictObject({
            severity: z.enum(['critical', 'warning']),
            service: z.literal('ge-heartbeat'),
          }),
          annotations: z.strictObject({
            summary: z.string().min(1),
            description: z.string().min(1),
            runbook_url: z.string().min(1),
            dashboard: z.string().min(1),
          }),
        }),
      ),
    }),
  ),
});
export type RuleFile = z.infer<typeof ruleFile>;

const targets = z.array(z.strictObject({ targets: z.array(z.string()).min(1) })).min(1);

export const prometheusFile = z.strictObject({
  global: z.strictObject({ scrape_interval: duration, evaluation_interval: duration }),
  rule_files: z.array(z.string()),
  alerting: z.strictObject({
    alertmanagers: z.array(z.strictObject({ static_configs: targets })),
  }),
  scrape_configs: z.array(
    z.strictObject({
      job_name: z.string().min(1),
      metrics_path: z.string().startsWith('/').exactOptional(),
      static_configs: targets,
      metric_relabel_configs: z
        .array(z.strictObject({ target_label: z.string(), replacement: z.string() }))
        .exactOptional(),
    }),
  ),
});
export type PrometheusFile = z.infer<typeof prometheusFile>;

const inhibition = z.strictObject({
  source_matchers: z.array(z.string()).min(1),
  target_matchers: z.array(z.string()).min(1),
  equal: z.array(z.string()),
});
export const alertmanagerFile = z.strictObject({
  global: z.strictObject({
    smtp_smarthost: z.string(),
    smtp_from: z.string(),
    smtp_require_tls: z.boolean(),
  }),
  route: z.strictObject({
    receiver: z.string(),
    group_by: z.array(z.string()).min(1),
    group_wait: duration,
    group_interval: duration,
    repeat_interval: duration,
    routes: z.array(
      z.strictObject({
        matchers: z.array(z.string()).min(1),
        mute_time_intervals: z.array(z.string()).exactOptional(),
        repeat_interval: duration.exactOptional(),
      }),
    ),
  }),
  receivers: z.array(
    z.strictObject({
      name: z.string(),
      email_configs: z.array(z.strictObject({ to: z.string(), send_resolved: z.boolean() })),
    }),
  ),
  inhibit_rules: z.array(inhibition),
  time_intervals: z.array(
    z.strictObject({ name: z.string(), time_intervals: z.array(timeInterval).min(1) }),
  ),
});
export type AlertmanagerFile = z.infer<typeof alertmanagerFile>;
