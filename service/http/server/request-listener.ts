import type http from 'node:http';
import type Koa from 'koa';
import type { Authorizer } from '../../access/authorizer.ts';
import { type HttpResponse, type Problem, problemResponse } from '../../contract/problem.ts';
import type { Mount, RawRoute } from '../../contract/raw-route.ts';
import type { Log } from '../../runtime/log.ts';
import { createRawHandler } from './raw-handler.ts';
import { splitToken, toOriginForm, withoutQuery } from './request-target.ts';
import { type CommonHeaders, createCommonHeaders } from './security-headers.ts';

/**
 *                            ┌─ of a raw route ─▶ raw route ──▶ ingest
 *   node:http ──▶ which path? ─ below a mount ──▶ mount
 *                            └─ any other ──────▶ Koa, router
 */
export function createRequestListener(options: {
  readonly rawRoutes: readonly RawRoute[];
  readonly mounts: readonly Mount[];
  readonly koa: Koa;
  readonly authorizer: Authorizer;
  readonly log: Log;
  readonly maxBodyBytes: number;
  readonly isSecure: boolean;
  /** Origins whose web pages may send requests. */
  readonly origins: readonly string[];
  readonly isStopping: () => boolean;
  /** Called with the status of each response. */
  readonly count: (status: number) => void;
}): http.RequestListener {
  const { isSecure, origins, isStopping, count } = options;
  const headers = createCommonHeaders({ isSecure, origins });
  const koa = options.koa.callback();
  const handling = { ...options, headers };
  const rawRoutes = new Map(
    options.rawRoutes.map((route) => [route.path, createRawHandler(route, handling)]),
  );
  const mounts = options.mounts.map((mount) => ({
    prefix: mount.prefix,
    handler: createRawHandler(mount, handling),
  }));
  const tokenPaths = new Set(
    options.rawRoutes.filter((route) => route.takesTokenInPath).map(({ path }) => path),
  );
  function respond(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { status, headers: own, body }: HttpResponse,
  ): void {
    count(status);
    const length = { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...headers.of(request), ...own, ...length });
    response.end(body);
  }
  /** One function for all responses. */
  function countFinished(this: http.ServerResponse): void {
    count(this.statusCode);
  }

  return (request, response) => {
    const target = toOriginForm(request.url ?? '');
    if (target === undefined) return respond(request, response, problemResponse(invalidTarget));
    const early = crossOriginResponse(request, headers);
    if (early) return respond(request, response, early);
    request.url = target;
    const path = withoutQuery(target);
    const handler =
      rawRoutes.get(path) ?? mounts.find(({ prefix }) => path.startsWith(prefix))?.handler;
    if (handler) {
      handler(request, response);
      return;
    }
    const split = splitToken(path);
    const withToken = split && tokenPaths.has(split.path) && rawRoutes.get(split.path);
    if (withToken) {
      // From here on the token cannot be logged.
      request.url = split.path;
      withToken(request, response, split.token);
      return;
    }
    response.once('finish', countFinished);
    const usual = { ...headers.of(request), ...headers.forBrowsers };
    response.setHeaders(new Map(Object.entries(usual)));
    if (isStopping()) response.setHeader('connection', 'close');
    void koa(request, response);
  };
}

/** Response to what web pages of other origins send; undefined where it goes to its route. */
function crossOriginResponse(
  request: http.IncomingMessage,
  headers: CommonHeaders,
): HttpResponse | undefined {
  if (request.headers.origin === undefined) return undefined;
  const allowed = headers.preflight(request);
  if (allowed) return { status: 204, headers: allowed, body: '' };
  return headers.isForeign(request) ? problemResponse(foreignOrigin) : undefined;
}

const invalidTarget: Problem = {
  code: 'malformed-request',
  detail: 'The target of the request is neither a path nor a URL.',
};

const foreignOrigin: Problem = {
  code: 'forbidden',
  detail:
    'Web pages of another origin may not do this; http.cors.origins names the permitted ones.',
};
