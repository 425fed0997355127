import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Bearer } from '../../tokens.ts';
import { type Access, metricSenders, readers } from '../access.ts';
import type { Defects } from '../defects.ts';
import { parameter, queryOf } from '../query-parameters.ts';
import { readJson, requireJsonContentType } from '../request-body.ts';
import { addRoute, type State } from '../route.ts';
import type { Intake } from './intake.ts';
import {
  listDimensionNames,
  listDimensionValues,
  listMetricNames,
  listMetrics,
} from './listings.ts';
import { listMeasurements } from './measurements.ts';
import type { MeasurementsTable } from './measurements-table.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';
import { listStatistics } from './statistics.ts';

export type MetricsRooms = {
  access: Access;
  catalogue: SeriesCatalogue;
  table: MeasurementsTable;
  intake: Intake;
  defects: Defects;
  now: () => number;
};

export function addMetricsRoutes(router: Router<State>, rooms: MetricsRooms): void {
  const { access, catalogue, table, intake, defects, now } = rooms;

  const tenantOf = (context: Context, bearer: Bearer) =>
    access.tenantOf(bearer, parameter(queryOf(context), 'tenant_id'));

  const reading = (list: (context: Context, tenant: string) => unknown) => ({
    GET: (context: Context, bearer: Bearer) => {
      access.require(bearer, readers);
      return list(context, tenantOf(context, bearer));
    },
  });

  addRoute(router, '/v2.0/metrics', {
    ...reading((context, tenant) => listMetrics(context, tenant, catalogue)),
    POST: async (context, bearer) => {
      requireJsonContentType(context.req);
      access.require(bearer, metricSenders);
      intake.accept(tenantOf(context, bearer), await readJson(context.req));
      return undefined;
    },
  });
  addRoute(
    router,
    '/v2.0/metrics/names',
    reading((context, tenant) => listMetricNames(context, tenant, catalogue)),
  );
  addRoute(
    router,
    '/v2.0/metrics/dimensions/names',
    reading((context, tenant) => listDimensionNames(context, tenant, catalogue, defects)),
  );
  addRoute(
    router,
    '/v2.0/metrics/dimensions/names/values',
    reading((context, tenant) => listDimensionValues(context, tenant, catalogue)),
  );
  addRoute(
    router,
    '/v2.0/metrics/measurements',
    reading((context, tenant) => listMeasurements(context, tenant, catalogue, table, defects)),
  );
  addRoute(
    router,
    '/v2.0/metrics/statistics',
    reading((context, tenant) => listStatistics(context, tenant, catalogue, table, defects, now)),
  );
}
