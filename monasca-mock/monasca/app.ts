import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Router } from '@koa/router';
import Koa from 'koa';
import type { ValidateToken } from '../tokens.ts';
import { createAccess } from './access.ts';
import { addAlarmDefinitionRoutes } from './alarming/alarm-definitions.ts';
import { addAlarmRoutes } from './alarming/alarms.ts';
import { addNotificationMethodRoutes } from './alarming/notification-methods.ts';
import { type Defects, recordedDefects } from './defects.ts';
import { sendHealth, sendProblems, sendUnauthorized } from './front.ts';
import { createIntake, type Metric } from './metrics/intake.ts';
import { createMeasurementsTable } from './metrics/measurements-table.ts';
import { addMetricsRoutes } from './metrics/routes.ts';
import { createSeriesCatalogue } from './metrics/series-catalogue.ts';
import { notFound } from './problems.ts';
import type { RequestState } from './route.ts';
import { addVersionRoutes } from './versions.ts';

export type MonascaAppOptions = {
  /** In memory or in a file; missing tables are created. */
  database: DatabaseSync;
  validateToken: ValidateToken;
  /** Address of Keystone in a 401. */
  keystoneUrl: () => string;
  /** Epoch milliseconds. */
  now: () => number;
  /** Read for each request, so that a test can switch them. */
  defects?: Defects;
  /** True for a metric that makes its whole request fail with 422. */
  rejects?: (metric: Metric) => boolean;
};

/**
 * The Monasca API v2.0 of the InfluxDB edition, over one SQLite database.
 *
 *   request ─▶ request id ─▶ health check ─▶ problems ─▶ token ─▶ routes ─▶ role ─▶ response
 */
export function createMonascaApp(options: MonascaAppOptions): Koa<RequestState> {
  const { database, validateToken, keystoneUrl, now, rejects = () => false } = options;
  const defects = options.defects ?? recordedDefects();
  // A mock may lose its data with the machine, so measurements do not wait for the disk.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536');
  const access = createAccess(keystoneUrl, defects);
  const catalogue = createSeriesCatalogue(database);
  const table = createMeasurementsTable(database);
  const intake = createIntake(database, catalogue, table, rejects);

  const router = new Router<RequestState>();
  addVersionRoutes(router);
  addMetricsRoutes(router, access, intake, { catalogue, table, defects, now });
  addAlarmDefinitionRoutes(router, access, database);
  addNotificationMethodRoutes(router, access, database);
  addAlarmRoutes(router, access);

  const app = new Koa<RequestState>();
  app.use(async (context, next) => {
    context.set('x-openstack-request-id', `req-${randomUUID()}`);
    const { path } = context;
    if (path.endsWith('/') && path !== '/') context.path = path.slice(0, -1);
    await next();
  });
  app.use(sendHealth);
  app.use(sendProblems);
  app.use(async (context, next) => {
    const bearer = validateToken(context.get('X-Auth-Token'));
    if (!bearer) return sendUnauthorized(context, keystoneUrl());
    context.state.bearer = bearer;
    return next();
  });
  app.use(router.routes());
  app.use(() => {
    throw notFound();
  });
  return app;
}
