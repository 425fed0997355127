import { z } from 'zod';
import { healthSchema, readySchema } from '../../contract/api/health.ts';
import { json } from '../../contract/api/operation.ts';
import { type Route, sendProblem } from '../route.ts';

/** What `/health` tells of one dependency. */
export type DependencyHealth = Readonly<Record<string, unknown>> & {
  readonly status: 'up' | 'down' | 'unused';
};

export type Health = {
  /** Why no heartbeat can be accepted now; undefined while one can. */
  notReady(): string | undefined;
  dependencies(): Readonly<Record<string, DependencyHealth>>;
  readonly startedAtMs: number;
  readonly version: string;
};

/**
 * Three questions, three answers. Alive: the process answers. Ready: a heartbeat sent now would be
 * accepted durably; Monasca's being away does not matter for that. Health: all that a person needs
 * to see what is wrong.
 */
export function healthRoutes(health: Health): Route[] {
  return [
    {
      method: 'get',
      path: '/health/live',
      scope: 'none',
      tag: 'health',
      summary: 'Whether the process is alive',
      answers: { 200: json('It is.', z.object({ status: z.literal('alive') })) },
      problems: [],
      handle(context) {
        context.body = { status: 'alive' };
      },
    },
    {
      method: 'get',
      path: '/health/ready',
      scope: 'none',
      tag: 'health',
      summary: 'Whether a heartbeat can be accepted durably',
      answers: { 200: json('It can.', readySchema) },
      problems: ['not-ready'],
      handle(context) {
        const detail = health.notReady();
        if (detail === undefined) context.body = { status: 'ready' };
        else sendProblem(context, { code: 'not-ready', detail, retryAfterSeconds: 5 });
      },
    },
    {
      method: 'get',
      path: '/health',
      scope: 'none',
      tag: 'health',
      summary: 'Every dependency, with its last success and last error',
      answers: { 200: json('How it is, also when it is not well.', healthSchema) },
      problems: [],
      handle(context) {
        const dependencies = health.dependencies();
        const areUp = Object.values(dependencies).every(({ status }) => status !== 'down');
        const notReady = health.notReady();
        context.body = {
          status: notReady !== undefined ? 'down' : areUp ? 'up' : 'degraded',
          ready: notReady === undefined,
          ...(notReady === undefined ? {} : { notReady }),
          version: health.version,
          startedAt: new Date(health.startedAtMs).toISOString(),
          dependencies,
        };
      },
    },
  ];
}
