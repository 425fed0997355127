import { Readable } from 'node:stream';
import { plainText } from '../../contract/api/operation.ts';
import { expositionType } from '../../runtime/exposition.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Route } from '../route.ts';

/** `more` gives the families that do not go through the registry of metrics. */
export function metricsRoute(metrics: Metrics, more: () => Promise<string>): Route {
  return {
    method: 'get',
    path: '/metrics',
    scope: 'read',
    tag: 'health',
    summary: 'Metrics in Prometheus text format',
    answers: { 200: plainText('All metrics.') },
    problems: [],
    async handle(context) {
      const written = await more();
      context.body = (await metrics.render()) + written;
      context.set('content-type', metrics.contentType);
    },
  };
}

export function instanceMetricsRoute(series: () => AsyncIterable<string>): Route {
  return {
    method: 'get',
    path: '/metrics/instances',
    scope: 'read',
    tag: 'health',
    summary: 'State and age of the last heartbeat of each instance, in Prometheus text format',
    answers: { 200: plainText('Two samples for each instance.') },
    problems: [],
    handle(context) {
      context.body = Readable.from(series(), { objectMode: false });
      context.set('content-type', expositionType);
    },
  };
}
