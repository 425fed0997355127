import { z } from 'zod';
import { healthSchema, readySchema } from '../../contract/api/health.ts';
import { json } from '../../contract/api/operation.ts';
import { ProblemError, type Route } from '../route.ts';
import type { ServiceHealth } from './health.ts';

/**
 * Live: the process responds. Ready: a heartbeat sent now would be stored; Monasca need not be
 * available for that. Health: everything that an operator needs to find a fault.
 */
export function healthRoutes(health: ServiceHealth): Route[] {
  return [
    {
      method: 'get',
      path: '/health/live',
      isProbe: true,
      scope: 'none',
      tag: 'health',
      summary: 'Whether the process is alive',
      responses: { 200: json('The process is alive.', z.object({ status: z.literal('alive') })) },
      problems: [],
      handle(context) {
        context.body = { status: 'alive' };
      },
    },
    {
      method: 'get',
      path: '/health/ready',
      isProbe: true,
      scope: 'none',
      tag: 'health',
      summary: 'Whether a heartbeat can be accepted durably',
      responses: { 200: json('Heartbeats are accepted.', readySchema) },
      problems: ['not-ready'],
      handle(context) {
        const detail = health.notReady();
        if (detail !== undefined) {
          throw new ProblemError({ code: 'not-ready', detail, retryAfterSeconds: 5 });
        }
        context.body = { status: 'ready' };
      },
    },
    {
      method: 'get',
      path: '/health',
      isProbe: true,
      scope: 'none',
      tag: 'health',
      summary: 'State of each dependency, with its last success and last error',
      responses: { 200: json('State of the service, whatever it is.', healthSchema) },
      problems: [],
      handle(context) {
        context.body = toHealthResponse(health);
      },
    },
  ];
}

/** State of the service and of all dependencies. */
export function toHealthResponse(health: ServiceHealth): z.infer<typeof healthSchema> {
  const dependencies = health.dependencies();
  const areUp = Object.values(dependencies).every(({ status }) => status !== 'down');
  const notReady = health.notReady();
  return {
    status: notReady !== undefined ? 'down' : areUp ? 'up' : 'degraded',
    ready: notReady === undefined,
    notReady,
    version: health.version,
    startedAt: new Date(health.startedAtMs).toISOString(),
    dependencies,
  };
}
