import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Bearer } from '../tokens.ts';
import { methodNotAllowed } from './problems.ts';

/** RequestState of a request after the token middleware. */
export type RequestState = { bearer: Bearer };

/** Returns the JSON of the response; undefined for no content. */
export type RequestHandler = (
  context: Context,
  bearer: Bearer,
  parameters: Readonly<Record<string, string>>,
) => unknown;

export type Methods = Readonly<
  Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', RequestHandler>>
>;

/**
 * Adds a path with its methods. Other methods, `HEAD` included, are 405 with `Allow`; `OPTIONS`
 * lists the methods. A POST with JSON in the response is 201.
 */
export function addRoute(router: Router<RequestState>, path: string, methods: Methods): void {
  const handlers = new Map(Object.entries(methods));
  const allowed = [...handlers.keys()];
  router.all(path, async (context) => {
    const handler = handlers.get(context.method);
    if (handler) {
      send(context, await handler(context, context.state.bearer, context.params));
    } else if (context.method === 'OPTIONS') {
      context.status = 200;
      context.set('Allow', allowed.toSorted().join(', '));
    } else {
      throw methodNotAllowed(allowed);
    }
  });
}

function send(context: Context, json: unknown): void {
  if (json === undefined) {
    context.status = 204;
    return;
  }
  context.status = context.method === 'POST' ? 201 : 200;
  context.set('Content-Type', 'application/json');
  context.body = JSON.stringify(json);
}
