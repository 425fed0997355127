import Router from '@koa/router';
import Koa from 'koa';
import { z } from 'zod';
import { parseJson, readBody } from './body.ts';
import { type Fault, type Faults, faultRequest } from './faults.ts';
import { lock } from './keystone/auth/lockout.ts';
import { expireTokens, revokeTokens } from './keystone/auth/tokens.ts';
import { type Keystone, settingsSchema } from './keystone/keystone.ts';
import type { Token, User } from './keystone/store/records.ts';
import type { Defects } from './monasca/defects.ts';
import { type RequestLog, requestFilter } from './requests.ts';

type Controlled = {
  keystone: Keystone;
  defects: Defects;
  faults: Faults;
  requests: RequestLog;
  /** Closes the ports that the fault names. */
  refuse(fault: Fault): void;
};

type Context = Koa.ParameterizedContext<
  Koa.DefaultState,
  Koa.DefaultContext & { params: Record<string, string> }
>;

const tokensOfUser = z.strictObject({ user: z.string().optional() });
const lockTime = z.strictObject({ seconds: z.number().positive().optional() });

/** Remote control, under `/mock` on both ports: faults, requests, tokens, accounts, settings. */
export function createControlApp(controlled: Controlled): Koa {
  const { keystone, defects } = controlled;
  const router = new Router({ prefix: '/mock' });
  const app = new Koa();
  app.use(withProblems);
  addFaultRoutes(router, controlled);
  addRequestRoutes(router, controlled);
  addAccountRoutes(router, controlled);
  addSwitches(router, '/settings', settingsSchema.partial(), keystone.settings);
  const flags = Object.keys(defects).map((name) => [name, z.boolean()]);
  addSwitches(router, '/defects', z.strictObject(Object.fromEntries(flags)).partial(), defects);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

function addFaultRoutes(router: Router, { faults, refuse }: Controlled): void {
  router.post('/faults', async (ctx) => {
    const fault = faults.add(await readJson(ctx, faultRequest));
    if (fault.kind === 'refuse') {
      // The port closes after the response.
      ctx.set('Connection', 'close');
      ctx.res.once('close', () => refuse(fault));
    }
    ctx.status = 201;
    ctx.body = fault;
  });
  router.get('/faults', (ctx) => {
    ctx.body = { faults: faults.active() };
  });
  router.delete('/faults', (ctx) => {
    faults.clear();
    ctx.status = 204;
  });
  router.delete('/faults/:id', (ctx) => {
    if (faults.remove(ctx.params['id'] ?? '')) ctx.status = 204;
    else sendNotFound(ctx, 'There is no such fault.');
  });
}

function addRequestRoutes(router: Router, { requests }: Controlled): void {
  router.get('/requests', (ctx) => {
    ctx.body = { requests: requests.list(requestFilter.parse(ctx.query)) };
  });
  router.get('/requests/count', (ctx) => {
    ctx.body = { counts: requests.counts() };
  });
  router.delete('/requests', (ctx) => {
    requests.clear();
    ctx.status = 204;
  });
}

function addAccountRoutes(router: Router, { keystone }: Controlled): void {
  const { users } = keystone.state;
  /** The tokens of the named user, or of all users. */
  const selectTokens = async (ctx: Context) => {
    const { user: name } = await readJson(ctx, tokensOfUser);
    const selected = users.filter((user) => name === undefined || user.name === name);
    return ({ userId }: Token) => selected.some(({ id }) => id === userId);
  };
  router.post('/tokens/expire', async (ctx) => {
    ctx.body = { expired: expireTokens(keystone, await selectTokens(ctx)) };
  });
  router.post('/tokens/revoke', async (ctx) => {
    ctx.body = { revoked: revokeTokens(keystone, await selectTokens(ctx)) };
  });

  const withUser = (ctx: Context, change: (user: User) => void) => {
    const user = users.find(({ name }) => name === ctx.params['name']);
    if (user === undefined) return sendNotFound(ctx, 'There is no such account.');
    change(user);
    ctx.status = 204;
  };
  // Logins to a locked account get the response of a wrong password; its tokens stay valid.
  router.post('/accounts/:name/lock', async (ctx) => {
    const { seconds } = await readJson(ctx, lockTime);
    withUser(ctx, ({ id }) => lock(keystone, id, seconds));
  });
  router.post('/accounts/:name/unlock', (ctx) => {
    withUser(ctx, ({ id }) => keystone.failures.delete(id));
  });
}

function addSwitches<T extends object>(
  router: Router,
  path: string,
  schema: z.ZodType<{ [K in keyof T]?: T[K] | undefined }>,
  values: T,
): void {
  router.get(path, (ctx) => {
    ctx.body = values;
  });
  router.patch(path, async (ctx) => {
    ctx.body = Object.assign(values, await readJson(ctx, schema));
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

function sendNotFound(ctx: Koa.Context | Context, error: string): void {
  ctx.status = 404;
  ctx.body = { error };
}

/** The body as JSON; an empty body is an empty object. `withProblems` handles what it throws. */
async function readJson<T>(ctx: Context, schema: z.ZodType<T>): Promise<T> {
  const text = String(await readBody(ctx.req));
  const json = text === '' ? { value: {} } : parseJson(text);
  if (json) return schema.parse(json.value);
  throw new z.ZodError([
    { code: 'custom', path: [], message: 'the body is not JSON', input: text },
  ]);
}
