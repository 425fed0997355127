import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa from 'koa';
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
      const body = await readBody(ctx);
      const { params, headers, url } = ctx;
      const query = ctx.URL.searchParams;
      answer(
        ctx,
        handle({ keystone, params, query, headers, origin: originOf(ctx), path: url, body }),
      );
    });
  }
  const app = new Koa();
  // What fails here is a fault of the mock; say so instead of only answering 500.
  app.on('error', (error: unknown, ctx?: Koa.Context) => {
    const hasLeft = ctx?.req.destroyed === true;
    if (!hasLeft) process.stderr.write(`keystone mock: ${String(error)}\n`);
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
    if (error.status === 413) return answerHtml(ctx, 413, 'Payload Too Large', error.message);
    const headers: Record<string, string> =
      error.status === 401 ? { 'WWW-Authenticate': `Keystone uri="${originOf(ctx)}/v3"` } : {};
    answer(ctx, { status: error.status, json: error.body, headers });
    return;
  }
  if (ctx.status === 405) {
    const json = { message: 'The method is not allowed for the requested URL.' };
    answer(ctx, { status: 405, json });
  } else if (ctx.status === 404 && ctx.body == null) {
    answerHtml(ctx, 404, 'Not Found', 'The requested URL was not found on the server.');
  }
}

/** The type is exactly `application/json`; Koa would add a charset to one that it set itself. */
function answer(ctx: Koa.Context, { status, json, headers = {} }: Reply): void {
  ctx.status = status;
  ctx.set(headers);
  if (json === undefined) return;
  ctx.set('Content-Type', 'application/json');
  ctx.body = JSON.stringify(json);
}

function answerHtml(ctx: Koa.Context, status: number, title: string, text: string): void {
  ctx.status = status;
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.body = `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
}

async function readBody(ctx: Koa.Context): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  if (size > maxBodyBytes) throw new KeystoneError(413, {}, 'Request is too large.');
  return Buffer.concat(chunks);
}

/** As the client called us, which is how the real service makes its links too. */
function originOf(ctx: Koa.Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}
