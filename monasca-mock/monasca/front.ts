import type { Context, Next } from 'koa';
import { ApiProblem, internalError, problemJson, problemXml } from './problems.ts';

/** What stands before the API: the health check, the token middleware's refusal, all problems. */

/** `HEAD` says that it listens, `GET` how each part is; neither needs a token. */
export async function answerHealthcheck(context: Context, next: Next): Promise<void> {
  if (context.path !== '/healthcheck') return next();
  if (context.method === 'HEAD') {
    context.status = 204;
  } else if (context.method === 'GET') {
    context.set('Content-Type', 'application/json');
    context.body = JSON.stringify({ kafka: 'OK', alarms_database: 'OK', metrics_database: 'OK' });
  } else {
    context.status = 405;
    context.set('Allow', 'GET, HEAD, OPTIONS');
  }
}

/** The refusal of Keystone's middleware: a new token is needed. */
export function answerUnauthorized(context: Context, keystoneUrl: string): void {
  const error = {
    code: 401,
    title: 'Unauthorized',
    message: 'The request you have made requires authentication.',
  };
  context.status = 401;
  context.set('WWW-Authenticate', `Keystone uri="${keystoneUrl}"`);
  context.set('Content-Type', 'application/json');
  context.body = JSON.stringify({ error });
}

/** JSON unless the client would rather have XML; one who wants neither gets an empty body. */
export async function answerProblems(context: Context, next: Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    const problem = error instanceof ApiProblem ? error : unexpected(context, error);
    context.status = problem.status;
    context.set(problem.headers);
    context.set('Vary', 'Accept');
    const type = context.accepts('application/json', 'application/xml', 'text/xml');
    if (type === false) {
      context.body = '';
      context.remove('Content-Type');
    } else {
      context.set('Content-Type', type);
      context.body = type === 'application/json' ? problemJson(problem) : problemXml(problem);
    }
  }
}

function unexpected(context: Context, error: unknown): ApiProblem {
  // A client that went away in the middle of its request is no fault of ours.
  if (context.req.socket.destroyed) return internalError();
  const cause = error instanceof Error ? error : new Error(String(error));
  context.app.emit('error', cause, context);
  return internalError();
}
