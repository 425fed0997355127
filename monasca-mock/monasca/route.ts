import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Bearer } from '../tokens.ts';
import { methodNotAllowed } from './problems.ts';

/** What the middleware in front leaves for the routes. */
export type State = { bearer: Bearer };

/** What a route makes of a request: the JSON to answer with, or undefined for no content. */
export type Handler = (
  context: Context,
  bearer: Bearer,
  parameters: Readonly<Record<string, string>>,
) => unknown;

export type Methods = Readonly<
  Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Handler>>
>;

/**
 * One path with its methods. All others are 405 with `Allow`, `HEAD` included; `OPTIONS` names the
 * methods. A POST that answers with JSON created something: 201.
 */
export function addRoute(router: Router<State>, path: string, methods: Methods): void {
  const handlers = new Map(Object.entries(methods));
  const allowed = [...handlers.keys()];
  router.all(path, async (context) => {
    const handler = handlers.get(context.method);
    if (handler) {
      const answer = await handler(context, context.state.bearer, context.params);
      reply(context, answer);
    } else if (context.method === 'OPTIONS') {
      context.status = 200;
      context.set('Allow', allowed.toSorted().join(', '));
    } else {
      throw methodNotAllowed(allowed);
    }
  });
}

function reply(context: Context, answer: unknown): void {
  if (answer === undefined) {
    context.status = 204;
    return;
  }
  context.status = context.method === 'POST' ? 201 : 200;
  context.set('Content-Type', 'application/json');
  context.body = JSON.stringify(answer);
}
