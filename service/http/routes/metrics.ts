import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { textContent } from '../../contract/api/operation.ts';
import type { Queries } from '../../query/queries.ts';
import { shareResult } from '../../runtime/concurrency/share-result.ts';
import { expositionType } from '../../runtime/exposition.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Route } from '../route.ts';

/** `/metrics`, and `/metrics/instances` if `hasInstances`. */
export function metricsRoutes(
  metrics: Metrics,
  { componentSeries, instanceSeries }: Pick<Queries, 'componentSeries' | 'instanceSeries'>,
  hasInstances: boolean,
): Route[] {
  // Bytes and not text: responses that wait for their clients share them.
  const render = shareResult(
    async () => {
      // All requests of this turn of the event loop share the result.
      await nextTurn();
      const { text, hidden } = await componentSeries();
      metrics.hiddenComponents.set(hidden.components);
      metrics.hiddenActiveInstances.set(hidden.activeInstances);
      return Buffer.from((await metrics.render()) + text);
    },
    () => performance.now(),
  );
  const route: Route = {
    method: 'get',
    path: '/metrics',
    scope: 'read',
    tag: 'health',
    summary: 'Metrics in Prometheus text format',
    responses: { 200: textContent('All metrics.') },
    problems: [],
    async handle(context) {
      context.body = await render();
      context.set('content-type', metrics.contentType);
    },
  };
  return hasInstances ? [route, instanceMetricsRoute(instanceSeries)] : [route];
}

const instanceMetricsRoute = (series: Queries['instanceSeries']): Route => ({
  method: 'get',
  path: '/metrics/instances',
  scope: 'read',
  tag: 'health',
  summary: 'State and age of the last heartbeat of each instance, in Prometheus text format',
  responses: { 200: textContent('Two samples for each instance.') },
  problems: [],
  handle(context) {
    context.body = Readable.from(series(), { objectMode: false });
    context.set('content-type', expositionType);
  },
});
