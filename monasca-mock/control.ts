import Router from '@koa/router';
import Koa from 'koa';
import { z } from 'zod';
import { type Fault, type FaultBook, faultRequest } from './faults.ts';
import { lock } from './keystone/auth/lockout.ts';
import { expireTokens, revokeTokens } from './keystone/auth/tokens.ts';
import type { Keystone } from './keystone/keystone.ts';
import type { Defects } from './monasca/defects.ts';
import type { RequestLog } from './requests.ts';

export type Controlled = {
  keystone: Keystone;
  defects: Defects;
  faults: FaultBook;
  requests: RequestLog;
  /** Closes the ports that the fault names, after the answer to this request is out. */
  refuse(fault: Fault): void;
};

type Context = Koa.ParameterizedContext<Koa.DefaultState, Koa.DefaultContext & ParametersOfPath>;
type ParametersOfPath = { params: Record<string, string> };

const settingsChange = z
  .strictObject({
    tokenLifetimeSeconds: z.number().positive(),
    lockoutAttempts: z.int().min(0),
    lockoutSeconds: z.number().min(0),
    middlewareCacheSeconds: z.number().min(0),
  })
  .partial();
const defectsChange = z
  .strictObject({
    groupByNameFails: z.boolean(),
    dimensionNamesOfMetricFails: z.boolean(),
    statisticsPagingSkips: z.boolean(),
    groupedPagingLosesRows: z.boolean(),
    tenantIdIgnored: z.boolean(),
  })
  .partial();
const whoseTokens = z.strictObject({ user: z.string().optional() });
const howLong = z.strictObject({ seconds: z.number().positive().optional() });
const requestsQuery = z.object({
  service: z.enum(['keystone', 'monasca']).optional(),
  path: z.string().optional(),
  method: z.string().optional(),
  limit: z.coerce.number().int().min(0).max(10_000).optional(),
});

/** The remote control, under `/mock` on both ports: faults, what came in, accounts, settings. */
export function createControlApp(controlled: Controlled): Koa {
  const router = new Router({ prefix: '/mock' });
  const app = new Koa();
  app.use(withProblems);
  addFaultRoutes(router, controlled);
  addRequestRoutes(router, controlled);
  addTokenRoutes(router, controlled);
  addAccountRoutes(router, controlled);
  addSwitch(router, '/settings', settingsChange, controlled.keystone.settings);
  addSwitch(router, '/defects', defectsChange, controlled.defects);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

function addFaultRoutes(router: Router, { faults, refuse }: Controlled): void {
  router.post('/faults', async (ctx) => {
    const fault = faults.add(await readBody(ctx, faultRequest));
    if (fault.kind === 'refuse') {
      ctx.set('Connection', 'close');
      ctx.res.once('close', () => refuse(fault));
    }
    ctx.status = 201;
    ctx.body = fault;
  });
  router.get('/faults', (ctx) => {
    ctx.body = { faults: faults.list() };
  });
  router.delete('/faults', (ctx) => {
    faults.clear();
    ctx.status = 204;
  });
  router.delete('/faults/:id', (ctx) => {
    if (!faults.remove(ctx.params['id'] ?? '')) return problem(ctx, 404, 'There is no such fault.');
    ctx.status = 204;
  });
}

function addRequestRoutes(router: Router, { requests }: Controlled): void {
  router.get('/requests', (ctx) => {
    ctx.body = { requests: requests.list(requestsQuery.parse(ctx.query)) };
  });
  router.get('/requests/count', (ctx) => {
    ctx.body = { counts: requests.counts() };
  });
  router.delete('/requests', (ctx) => {
    requests.clear();
    ctx.status = 204;
  });
}

/** Of one user if one is named, of everybody otherwise. */
function addTokenRoutes(router: Router, { keystone }: Controlled): void {
  const userIds = (name: string | undefined) =>
    new Set(
      keystone.state.users
        .filter((user) => name === undefined || user.name === name)
        .map(({ id }) => id),
    );
  router.post('/tokens/expire', async (ctx) => {
    const { user } = await readBody(ctx, whoseTokens);
    const ids = userIds(user);
    ctx.body = { expired: expireTokens(keystone, ({ userId }) => ids.has(userId)) };
  });
  router.post('/tokens/revoke', async (ctx) => {
    const { user } = await readBody(ctx, whoseTokens);
    const ids = userIds(user);
    ctx.body = { revoked: revokeTokens(keystone, ({ userId }) => ids.has(userId)) };
  });
}

/** A locked account gets the answer of a wrong password; its tokens live on. */
function addAccountRoutes(router: Router, { keystone }: Controlled): void {
  const userNamed = (name = '') => keystone.state.users.find((user) => user.name === name);
  router.post('/accounts/:name/lock', async (ctx) => {
    const { seconds } = await readBody(ctx, howLong);
    const user = userNamed(ctx.params['name']);
    if (user === undefined) return problem(ctx, 404, 'There is no such account.');
    lock(keystone, user.id, seconds);
    ctx.status = 204;
  });
  router.post('/accounts/:name/unlock', (ctx) => {
    const user = userNamed(ctx.params['name']);
    if (user === undefined) return problem(ctx, 404, 'There is no such account.');
    keystone.failures.delete(user.id);
    ctx.status = 204;
  });
}

function addSwitch<T extends object>(
  router: Router,
  path: string,
  schema: z.ZodType<{ [K in keyof T]?: T[K] | undefined }>,
  values: T,
): void {
  router.get(path, (ctx) => {
    ctx.body = values;
  });
  router.patch(path, async (ctx) => {
    ctx.body = Object.assign(values, await readBody(ctx, schema));
  });
}

async function withProblems(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const problems = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    ctx.status = 400;
    ctx.body = { error: 'This cannot be understood.', problems };
  }
}

function problem(ctx: Koa.Context, status: number, error: string): void {
  ctx.status = status;
  ctx.body = { error };
}

/** An empty body is an empty object. Throws what withProblems answers. */
async function readBody<T extends z.ZodType>(ctx: Context, schema: T): Promise<z.infer<T>> {
  const chunks: Buffer[] = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return schema.parse(text === '' ? {} : z.string().transform(toJson).parse(text));
}

function toJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'the body is not JSON' });
    return z.NEVER;
  }
}
