import type http from 'node:http';
import type Koa from 'koa';
import type { Gate } from '../access/gate.ts';
import { type HttpResponse, type Problem, problemResponse } from '../contract/problem.ts';
import type { Mount, RawRoute } from '../contract/raw-route.ts';
import type { Log } from '../runtime/log.ts';
import { createRawHandler } from './raw-handler.ts';
import { type CommonHeaders, createCommonHeaders } from './security-headers.ts';
import { originForm, splitToken, withoutQuery } from './target.ts';

export type DispatchOptions = {
  readonly rawRoutes: readonly RawRoute[];
  readonly mounts: readonly Mount[];
  readonly koa: Koa;
  readonly gate: Gate;
  readonly log: Log;
  readonly maxBodyBytes: number;
  readonly isSecure: boolean;
  /** Of web pages that may ask. */
  readonly origins: readonly string[];
  readonly isStopping: () => boolean;
  /** Told of each answer. */
  readonly count: (status: number) => void;
};

/**
 *                    ┌─ a rawRoute's path ──▶ rawRoute ──▶ ingest
 *   node:http ──▶ which path? ─ a mount's ──▶ mount
 *                    └─ any other ──────▶ Koa, router
 */
export function createDispatch(options: DispatchOptions): http.RequestListener {
  const { isSecure, origins, isStopping, count } = options;
  const headers = createCommonHeaders({ isSecure, origins });
  const koa = options.koa.callback();
  const handling = { ...options, headers };
  const rawRoutes = new Map(
    options.rawRoutes.map((rawRoute) => [rawRoute.path, createRawHandler(rawRoute, handling)]),
  );
  const mounts = options.mounts.map((mount) => ({
    prefix: mount.prefix,
    handler: createRawHandler(mount, handling),
  }));
  const tokenLanes = new Map(
    options.rawRoutes.flatMap(({ path, takesTokenInPath }) => {
      const handler = takesTokenInPath && rawRoutes.get(path);
      return handler ? [[path, handler]] : [];
    }),
  );
  /** One function for all responses. */
  function countFinished(this: http.ServerResponse): void {
    count(this.statusCode);
  }

  return (request, response) => {
    const target = originForm(request.url ?? '');
    const early = earlyAnswer(request, target, headers);
    if (early !== undefined || target === undefined) {
      const { status, headers: own, body } = early ?? problemResponse(notAnAddress);
      count(status);
      const length = { 'content-length': Buffer.byteLength(body) };
      response.writeHead(status, { ...headers.of(request), ...own, ...length });
      response.end(body);
      return;
    }
    request.url = target;
    const path = withoutQuery(target);
    const rawRoute =
      rawRoutes.get(path) ?? mounts.find(({ prefix }) => path.startsWith(prefix))?.handler;
    if (rawRoute) {
      rawRoute(request, response);
      return;
    }
    const split = splitToken(path);
    const tokenLane = split && tokenLanes.get(split.path);
    if (tokenLane) {
      // From here on nobody can write it down.
      request.url = split.path;
      tokenLane(request, response, split.token);
      return;
    }
    response.once('finish', countFinished);
    const usual = { ...headers.of(request), ...headers.forBrowsers };
    response.setHeaders(new Map(Object.entries(usual)));
    if (isStopping()) response.setHeader('connection', 'close');
    void koa(request, response);
  };
}

/** What neither a rawRoute nor a route is asked about; undefined for nearly everything. */
function earlyAnswer(
  request: http.IncomingMessage,
  target: string | undefined,
  headers: CommonHeaders,
): HttpResponse | undefined {
  if (target === undefined) return problemResponse(notAnAddress);
  if (request.headers.origin === undefined) return undefined;
  const allowed = headers.preflight(request);
  if (allowed) return { status: 204, headers: allowed, body: '' };
  return headers.isForeign(request) ? problemResponse(foreign) : undefined;
}

const notAnAddress: Problem = {
  code: 'malformed-request',
  detail: 'What is asked for is neither a path nor an address.',
};

const foreign: Problem = {
  code: 'forbidden',
  detail: 'A web page of another origin may not do this; http.cors.origins names those that may.',
};
