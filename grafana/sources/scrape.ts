import { evaluationSeconds } from '../alerts/alert.ts';
import type { PrometheusFile } from '../schema/prometheus.ts';
import { scrapeSeconds, serviceJob } from './names.ts';

/** Asks the service, and keeps the rules. The names of hosts are those of the compose file. */
export const prometheusConfig: PrometheusFile = {
  global: {
    scrape_interval: `${scrapeSeconds}s`,
    evaluation_interval: `${evaluationSeconds}s`,
  },
  rule_files: ['heartbeat-rules.yaml'],
  alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] },
  scrape_configs: [
    { job_name: serviceJob, static_configs: [{ targets: ['heartbeat:8080'] }] },
    {
      // Needs `metrics.instances: true`. Its samples belong to the same job as all others.
      job_name: `${serviceJob}-instances`,
      metrics_path: '/metrics/instances',
      static_configs: [{ targets: ['heartbeat:8080'] }],
      metric_relabel_configs: [{ target_label: 'job', replacement: serviceJob }],
    },
  ],
};
