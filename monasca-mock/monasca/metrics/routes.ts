import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { metricSenders, type RoleCheck, readers } from '../access.ts';
import { readJson, requireJsonContentType } from '../request-body.ts';
import { addRoute, type RequestState } from '../route.ts';
import type { Intake } from './intake.ts';
import {
  listDimensionNames,
  listDimensionValues,
  listMetricNames,
  listMetrics,
} from './listings.ts';
import { listMeasurements } from './measurements.ts';
import type { MetricsStore } from './metrics-store.ts';
import { listStatistics } from './statistics.ts';

export function addMetricsRoutes(
  router: Router<RequestState>,
  access: RoleCheck,
  intake: Intake,
  store: MetricsStore,
): void {
  const reading = (list: (context: Context, tenant: string, store: MetricsStore) => unknown) => ({
    GET: access.allowDelegated(readers, (context, tenant) => list(context, tenant, store)),
  });
  const post = access.allowDelegated(metricSenders, async (context, tenant) => {
    intake.accept(tenant, await readJson(context.req));
  });

  addRoute(router, '/v2.0/metrics', {
    ...reading(listMetrics),
    POST: (context, ...more) => {
      requireJsonContentType(context.req);
      return post(context, ...more);
    },
  });
  addRoute(router, '/v2.0/metrics/names', reading(listMetricNames));
  addRoute(router, '/v2.0/metrics/dimensions/names', reading(listDimensionNames));
  addRoute(router, '/v2.0/metrics/dimensions/names/values', reading(listDimensionValues));
  addRoute(router, '/v2.0/metrics/measurements', reading(listMeasurements));
  addRoute(router, '/v2.0/metrics/statistics', reading(listStatistics));
}
