import type { Context, Next } from 'koa';
import { ApiProblem, internalError, problemJson, problemXml } from './problems.ts';

/** The health check without a token: `HEAD` of the API, `GET` of each part. */
export async function sendHealth(context: Context, next: Next): Promise<void> {
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

/** The 401 of Keystone's middleware: the client needs a new token. */
export function sendUnauthorized(context: Context, keystoneUrl: string): void {
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

/** Sends problems as JSON or XML by `Accept`; the body is empty if the client accepts neither. */
export async function sendProblems(context: Context, next: Next): Promise<void> {
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
  // A client that aborts its request is no defect of the mock.
  if (context.req.socket.destroyed) return internalError();
  const cause = error instanceof Error ? error : new Error(String(error));
  context.app.emit('error', cause, context);
  return internalError();
}
