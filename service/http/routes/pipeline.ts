import { json } from '../../contract/api/operation.ts';
import { type PipelineResponse, pipelineSchema } from '../../contract/api/pipeline.ts';
import type { DeadLetterQueue } from '../../delivery/dead-letter-queue.ts';
import type { ServiceHealth } from '../health/health.ts';
import { toHealthResponse } from '../health/routes.ts';
import type { Route } from '../route.ts';

type PipelineRouteOptions = {
  readonly health: ServiceHealth;
  /** Number of the newest heartbeat. */
  head(): number;
  readonly deadLetterQueues: Readonly<Record<string, Pick<DeadLetterQueue, 'count'>>>;
  readonly now: () => number;
};

/** Everything about reception and delivery in one response. */
export const pipelineRoute = (options: PipelineRouteOptions): Route => ({
  method: 'get',
  path: '/api/v1/pipeline',
  scope: 'read',
  tag: 'delivery',
  summary: 'Reception of heartbeats, and delivery to each destination',
  responses: { 200: json('The pipeline now.', pipelineSchema) },
  problems: ['store-unavailable'],
  handle(context) {
    const counts = Object.entries(options.deadLetterQueues).map(
      ([name, queue]) => [name, queue.count()] as const,
    );
    context.body = {
      ...toHealthResponse(options.health),
      time: new Date(options.now()).toISOString(),
      stored: options.head(),
      deadLetters: Object.fromEntries(counts),
    } satisfies PipelineResponse;
  },
});
