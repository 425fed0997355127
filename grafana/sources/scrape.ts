import { evaluationSeconds } from '../alerts/alert.ts';
import { scrapeSeconds, serviceJob } from './names.ts';

/** Scrapes the service and evaluates the rules. Host names are those of the compose file. */
export const prometheusConfig = {
  global: {
    scrape_interval: `${scrapeSeconds}s`,
    evaluation_interval: `${evaluationSeconds}s`,
  },
  rule_files: ['heartbeat-rules.yaml'],
  alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] },
  scrape_configs: [
    { job_name: serviceJob, static_configs: [{ targets: ['heartbeat:8080'] }] },
    {
      // Needs `metrics.instances: true`. Its samples get the same job as all others.
      job_name: `${serviceJob}-instances`,
      metrics_path: '/metrics/instances',
      static_configs: [{ targets: ['heartbeat:8080'] }],
      metric_relabel_configs: [{ target_label: 'job', replacement: serviceJob }],
    },
  ],
};
