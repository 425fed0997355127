import { plainText } from '../../contract/api/operation.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Route } from '../route.ts';

export function metricsRoute(metrics: Metrics): Route {
  return {
    method: 'get',
    path: '/metrics',
    scope: 'read',
    tag: 'health',
    summary: 'Metrics in Prometheus text format',
    answers: { 200: plainText('All metrics.') },
    problems: [],
    async handle(context) {
      context.body = await metrics.render();
      context.set('content-type', metrics.contentType);
    },
  };
}
