import Router from '@koa/router';
import Koa from 'koa';
import type { Gate } from '../access/gate.ts';
import { withoutTokens } from '../contract/access/token.ts';
import type { Log } from '../runtime/log.ts';
import { StoreUnavailable } from '../store/failure.ts';
import { ProblemError, type Route, sendProblem } from './route.ts';
import { BrokenResponse } from './rows/send.ts';

/** Koa with the table of routes, for everything that is not a rawRoute. */
export function createKoaApp(routes: readonly Route[], gate: Gate, log: Log): Koa {
  const koa = new Koa();
  const router = new Router({ strict: true, sensitive: true });
  for (const { method, path, scope, handle } of routes) {
    router[method](path, async (context) => {
      const admission = gate.admit(context.req, scope);
      if (admission.kind === 'refused') {
        await admission.after;
        return sendProblem(context, admission.problem);
      }
      const { name } = admission.caller;
      const address = gate.addressOf(context.req);
      return handle(context, {
        by: name === undefined ? address : `${name} (${address})`,
        isAllowed: () => gate.stillAdmits(context.req, scope),
      });
    });
  }

  koa.use(async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof ProblemError) return sendProblem(context, error.problem);
      if (error instanceof StoreUnavailable) {
        const { message: detail } = error;
        sendProblem(context, { code: 'store-unavailable', detail, retryAfterSeconds: 5 });
        return;
      }
      log.error({ error, url: withoutTokens(context.url) }, 'a request failed by our own fault');
      const detail = 'The service failed to handle this request; its log says why.';
      sendProblem(context, { code: 'internal-error', detail });
    }
  });
  koa.use(router.routes());
  koa.use((context) => {
    const matching = router.match(context.path, context.method).path;
    const allow = [...new Set(matching.flatMap(({ methods }) => methods))].sort();
    if (allow.length > 0) {
      return sendProblem(context, {
        code: 'method-not-allowed',
        detail: `${context.method} is not allowed here, ${allow.join(' and ')} is.`,
        allow: allow.join(', '),
      });
    }
    return sendProblem(context, {
      code: 'not-found',
      detail: `No route has the path ${context.path.slice(0, 200)}.`,
    });
  });
  // A connection that breaks while an answer is written is the sender's affair.
  const told = new WeakSet<Error>();
  koa.on('error', (error: Error) => {
    // Koa tells of it several times.
    if (told.has(error)) return;
    told.add(error);
    if (error instanceof BrokenResponse) log.error({ error: error.cause }, error.message);
    else log.debug({ error }, 'an answer could not be sent');
  });
  return koa;
}
