import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa from 'koa';
import { readBody } from '../body.ts';
import { KeystoneError } from './errors.ts';
import type { Keystone } from './keystone.ts';
import { applicationCredentialRoutes } from './routes/application-credentials.ts';
import { authRoutes } from './routes/auth.ts';
import { directoryRoutes } from './routes/directory.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { grantRoutes } from './routes/grants.ts';
import { oauth2Routes } from './routes/oauth2.ts';
import type { Reply, Routes } from './routes/route.ts';
import { serviceCatalogRoutes } from './routes/service-catalog.ts';
import { userRoutes } from './routes/users.ts';

/** Keystone's own limit for a request (`max_request_body_size`). */
const maxBodyBytes = 114_688;

const routes: Routes = {
  ...discoveryRoutes,
  ...authRoutes,
  ...oauth2Routes,
  ...applicationCredentialRoutes,
  ...directoryRoutes,
  ...userRoutes,
  ...grantRoutes,
  ...serviceCatalogRoutes,
};

/** Keystone v3 over HTTP, as far as clients of a monitoring service need it. */
export function createKeystoneApp(keystone: Keystone): Koa {
  const router = new Router();
  for (const [methodAndPath, handle] of Object.entries(routes)) {
    const [method = '', path = ''] = methodAndPath.split(' ');
    router.register(path, [method], async (ctx) => {
      const { params, headers, url } = ctx;
      const request = { params, headers, query: ctx.URL.searchParams, path: url };
      const body = await readBody(ctx.req, maxBodyBytes);
      if (body === undefined) throw new KeystoneError(413, {}, 'Request is too large.');
      send(ctx, handle({ ...request, keystone, origin: originOf(ctx), body }));
    });
  }
  const app = new Koa();
  // An error here is a defect of the mock, which a 500 alone would hide.
  app.on('error', (error: unknown, ctx?: Koa.Context) => {
    const isAborted = ctx?.req.destroyed === true;
    if (!isAborted) process.stderr.write(`keystone mock: ${String(error)}\n`);
  });
  app.use(withErrors);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

async function withErrors(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  ctx.set('Vary', 'X-Auth-Token');
  ctx.set('x-openstack-request-id', `req-${randomUUID()}`);
  try {
    await next();
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    const { status, body, message } = error;
    if (status === 413) return sendHtml(ctx, status, 'Payload Too Large', message);
    if (status === 401) ctx.set('WWW-Authenticate', `Keystone uri="${originOf(ctx)}/v3"`);
    return send(ctx, { status, json: body });
  }
  if (ctx.status === 405) {
    send(ctx, {
      status: 405,
      json: { message: 'The method is not allowed for the requested URL.' },
    });
  } else if (ctx.status === 404 && ctx.body == null) {
    sendHtml(ctx, 404, 'Not Found', 'The requested URL was not found on the server.');
  }
}

/** The type is exactly `application/json`; Koa would add a charset to a type of its own. */
function send(ctx: Koa.Context, { status, json, headers = {} }: Reply): void {
  ctx.status = status;
  ctx.set(headers);
  if (json === undefined) return;
  ctx.set('Content-Type', 'application/json');
  ctx.body = JSON.stringify(json);
}

function sendHtml(ctx: Koa.Context, status: number, title: string, text: string): void {
  ctx.status = status;
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.body = `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
}

/** The address of the request. The real service builds its links with it too. */
function originOf(ctx: Koa.Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}
