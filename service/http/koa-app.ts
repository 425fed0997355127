import Router from '@koa/router';
import Koa from 'koa';
import type { Authorizer } from '../access/authorizer.ts';
import { networkOf } from '../access/client-address.ts';
import { anonymous } from '../contract/access/caller.ts';
import { type Problem, problemResponse } from '../contract/problem.ts';
import { FairQueue, QueueFull } from '../runtime/concurrency/fair-queue.ts';
import type { Log } from '../runtime/log.ts';
import { StoreUnavailable } from '../store/failure.ts';
import { internalError } from './internal-error.ts';
import { ProblemError, type QueryTurn, type Route } from './route.ts';
import { BrokenResponse, whileConnected } from './rows/response.ts';

/** Makes the Koa app that serves the table of routes: everything but raw routes and mounts. */
export function createKoaApp(routes: readonly Route[], authorizer: Authorizer, log: Log): Koa {
  const koa = new Koa();
  const router = new Router({ strict: true, sensitive: true });
  const queues = createQueues();
  for (const route of routes) {
    router[route.method](route.path, (context) => serve(route, context, authorizer, queues));
  }
  koa.use(async (context, next) => {
    try {
      await next();
    } catch (error) {
      const problem = problemOf(error) ?? internalError(error, log, context.url);
      const { status, headers, body } = problemResponse(problem);
      context.status = status;
      context.body = body;
      context.set({ ...headers });
    }
  });
  koa.use(router.routes());
  koa.use(({ path, method }) => {
    const matching = router.match(path, method).path;
    const allow = [...new Set(matching.flatMap(({ methods }) => methods))].sort();
    throw new ProblemError(
      allow.length > 0
        ? {
            code: 'method-not-allowed',
            detail: `${method} is not allowed here, ${allow.join(' and ')} is.`,
            allow: allow.join(', '),
          }
        : { code: 'not-found', detail: `No route has the path ${path.slice(0, 200)}.` },
    );
  });
  // Koa reports the same error several times.
  const logged = new WeakSet<Error>();
  koa.on('error', (error: Error) => {
    if (logged.has(error)) return;
    logged.add(error);
    if (error instanceof BrokenResponse) log.error({ error: error.cause }, error.message);
    // The connection broke: the client's affair.
    else log.debug({ error }, 'a response could not be sent');
  });
  return koa;
}

function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof QueueFull) return tooManyQueries;
  if (!(error instanceof StoreUnavailable)) return undefined;
  return { code: 'store-unavailable', detail: error.message, retryAfterSeconds: 5 };
}

type Queues = Readonly<Record<QueryTurn, FairQueue>>;

/**
 * The thread for periods works on one query at a time, but a query may wait for Monasca. A dashboard
 * sends a query for each of its panels at once.
 */
const createQueues = (): Queues => {
  const waiting = { maxWaiting: 1_000, maxWaitingOfCaller: 200 };
  return {
    list: new FairQueue({ maxRunning: 16, maxRunningOfCaller: 8, ...waiting }),
    period: new FairQueue({ maxRunning: 4, maxRunningOfCaller: 2, ...waiting }),
  };
};

const tooManyQueries: Problem = {
  code: 'overloaded',
  detail: 'Too many queries of this caller, or of all callers, wait for their turn.',
  retryAfterSeconds: 5,
};

const allowed = { kind: 'allowed', caller: anonymous } as const;

async function serve(
  { scope, turn, isProbe, handle }: Route,
  context: Koa.Context,
  authorizer: Authorizer,
  queues: Queues,
): Promise<void> {
  const decision = isProbe && scope === 'none' ? allowed : authorizer.authorize(context.req, scope);
  if (decision.kind === 'denied') {
    await decision.until;
    throw new ProblemError(decision.problem);
  }
  const { name } = decision.caller;
  const address = authorizer.addressOf(context.req);
  const work = () =>
    handle(context, {
      by: name === undefined ? address : `${name} (${address})`,
      isAllowed: () => authorizer.isStillAllowed(context.req, scope),
    });
  if (turn === undefined) return work();
  const caller = name ?? networkOf(address);
  await whileConnected(context, (signal) => queues[turn].run(caller, signal, work));
}
