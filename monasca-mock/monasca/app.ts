import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Router } from '@koa/router';
import Koa from 'koa';
import type { ValidateToken } from '../tokens.ts';
import { createAccess } from './access.ts';
import { addAlarmDefinitionRoutes, parseStoredDefinition } from './alarming/alarm-definitions.ts';
import { addAlarmRoutes } from './alarming/alarms.ts';
import { createDocumentsTable } from './alarming/documents-table.ts';
import { addNotificationMethodRoutes, parseStoredMethod } from './alarming/notification-methods.ts';
import { type Defects, recordedDefects } from './defects.ts';
import { answerHealthcheck, answerProblems, answerUnauthorized } from './front.ts';
import { createIntake, type Metric } from './metrics/intake.ts';
import { createMeasurementsTable } from './metrics/measurements-table.ts';
import { addMetricsRoutes } from './metrics/routes.ts';
import { createSeriesCatalogue } from './metrics/series-catalogue.ts';
import { notFound } from './problems.ts';
import type { State } from './route.ts';
import { addVersionRoutes } from './versions.ts';

export type MonascaAppOptions = {
  /** In memory or in a file; tables that are missing are made. */
  database: DatabaseSync;
  validateToken: ValidateToken;
  /** The address that a 401 names. */
  keystoneUrl: () => string;
  /** Epoch milliseconds. */
  now: () => number;
  /** Read anew for each request, so that it can be switched. */
  defects?: Defects;
  /** Metrics for which it is true are refused with 422, and with them all of their request. */
  rejects?: (metric: Metric) => boolean;
};

/**
 * The Monasca API v2.0 as its InfluxDB edition answers, over one SQLite database.
 *
 *   request ─▶ request id ─▶ health check ─▶ problems ─▶ token ─▶ routes ─▶ role ─▶ answer
 */
export function createMonascaApp(options: MonascaAppOptions): Koa<State> {
  const { database, validateToken, keystoneUrl, now } = options;
  const defects = options.defects ?? recordedDefects();
  // What the mock keeps may be lost with the machine; it must not be what a measurement waits for.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536');
  const access = createAccess(validateToken, keystoneUrl, defects);
  const catalogue = createSeriesCatalogue(database);
  const table = createMeasurementsTable(database);
  const intake = createIntake(
    database,
    catalogue,
    table,
    (metric) => options.rejects?.(metric) ?? false,
  );
  const definitions = createDocumentsTable(database, 'alarm_definitions', parseStoredDefinition);
  const methods = createDocumentsTable(database, 'notification_methods', parseStoredMethod);

  const router = new Router<State>();
  addVersionRoutes(router);
  addMetricsRoutes(router, { access, catalogue, table, intake, defects, now });
  addAlarmDefinitionRoutes(router, access, definitions);
  addNotificationMethodRoutes(router, access, methods);
  addAlarmRoutes(router, access);

  const app = new Koa<State>();
  app.use(async (context, next) => {
    context.set('x-openstack-request-id', `req-${randomUUID()}`);
    if (context.path.endsWith('/') && context.path !== '/')
      context.path = context.path.slice(0, -1);
    await next();
  });
  app.use(answerHealthcheck);
  app.use(answerProblems);
  app.use(async (context, next) => {
    const bearer = access.bearerOf(context.get('X-Auth-Token'));
    if (!bearer) return answerUnauthorized(context, keystoneUrl());
    context.state.bearer = bearer;
    return next();
  });
  app.use(router.routes());
  app.use(() => {
    throw notFound();
  });
  return app;
}
