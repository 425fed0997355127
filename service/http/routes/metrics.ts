import type { Metrics } from '../../runtime/metrics.ts';
import type { Route } from '../route.ts';

export function metricsRoute(metrics: Metrics): Route {
  return {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics in Prometheus text format',
    scope: 'read',
    async handle(context) {
      context.body = await metrics.render();
      context.set('content-type', metrics.contentType);
    },
  };
}
