import type http from 'node:http';
import type Koa from 'koa';
import { type Problem, problemResponse, type RawResponse } from '../../contract/problem.ts';
import type { Mount, RawRoute } from '../../contract/raw-route.ts';
import type { OpenResponses } from './limits/open-responses.ts';
import { createRawHandler, type RawHandlerOptions } from './raw-handler.ts';
import { splitToken, toOriginForm, withoutQuery } from './request-target.ts';
import type { CommonHeaders } from './security-headers.ts';

type ListenerOptions = RawHandlerOptions & {
  readonly rawRoutes: readonly RawRoute[];
  readonly mounts: readonly Mount[];
  readonly koa: Koa;
  readonly openResponses: OpenResponses;
};

/**
 *                            ┌─ of a raw route ─▶ raw route ──▶ ingest
 *   node:http ──▶ which path? ─ below a mount ──▶ mount
 *                            └─ any other ──────▶ Koa, router
 */
export function createRequestListener(options: ListenerOptions): http.RequestListener {
  const { headers, isStopping, count, openResponses } = options;
  const koa = options.koa.callback();
  const serveRaw = createRawRouter(options);
  const respond = (
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { status, headers: own, body }: RawResponse,
  ): void => {
    count(status);
    const length = { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...headers.of(request), ...own, ...length });
    response.end(body);
  };
  const refuse = (request: http.IncomingMessage, response: http.ServerResponse, why: Problem) => {
    response.shouldKeepAlive = false;
    respond(request, response, problemResponse(why));
  };
  /** One function for all responses. */
  function countFinished(this: http.ServerResponse): void {
    count(this.statusCode);
  }

  return (request, response) => {
    const unusable = unusableHead(request);
    if (unusable) return refuse(request, response, unusable);
    const target = toOriginForm(request.url ?? '');
    if (target === undefined) return respond(request, response, problemResponse(invalidTarget));
    const early = crossOriginResponse(request, headers);
    if (early) return respond(request, response, early);
    request.url = target;
    if (serveRaw(request, response, withoutQuery(target))) return;
    const overload = openResponses.add(response);
    if (overload) return respond(request, response, problemResponse(overload));
    response.once('finish', countFinished);
    const usual = { ...headers.of(request), ...headers.forBrowsers };
    response.setHeaders(new Map(Object.entries(usual)));
    if (isStopping()) response.setHeader('connection', 'close');
    void koa(request, response);
  };
}

/** Serves a request whose path is that of a raw route or mount; returns false for any other. */
function createRawRouter(
  options: ListenerOptions,
): (request: http.IncomingMessage, response: http.ServerResponse, path: string) => boolean {
  const rawRoutes = new Map(
    options.rawRoutes.map((route) => [route.path, createRawHandler(route, options)]),
  );
  const shared = new Set(
    options.rawRoutes.filter(({ methods }) => methods === 'only-POST').map(({ path }) => path),
  );
  const mounts = options.mounts.map((mount) => ({
    ...mount,
    handler: createRawHandler(mount, options),
  }));
  const tokenPaths = new Set(
    options.rawRoutes.filter((route) => route.takesTokenInPath).map(({ path }) => path),
  );
  return (request, response, path) => {
    if (request.method !== 'POST' && shared.has(path)) return false;
    const mount = mounts.find(({ prefix }) => path.startsWith(prefix));
    const split = splitToken(path);
    const isSplit = split && (mount?.takesTokenInPath ?? tokenPaths.has(split.path));
    const handler = rawRoutes.get(isSplit ? split.path : path) ?? mount?.handler;
    if (!handler) return false;
    // From here on the token cannot be logged.
    if (isSplit) request.url = split.path + (request.url ?? '').slice(path.length);
    handler(request, response, isSplit ? split.token : undefined);
    return true;
  };
}

/** Response to what web pages of other origins send; undefined where it goes to its route. */
function crossOriginResponse(
  request: http.IncomingMessage,
  headers: CommonHeaders,
): RawResponse | undefined {
  const allowed = headers.preflight(request);
  if (allowed) return { status: 204, headers: allowed, body: '' };
  return headers.isForeign(request) ? problemResponse(foreignOrigin) : undefined;
}

/** The reason why a request is refused whatever its route; undefined for nearly all. */
function unusableHead({ headers, httpVersionMinor }: http.IncomingMessage): Problem | undefined {
  const { host, expect } = headers;
  if (httpVersionMinor === 0) return undefined;
  if (host === undefined) return missingHost;
  const isMet = expect === undefined || /\b100-continue\b/i.test(expect);
  return isMet ? undefined : unknownExpectation;
}

const missingHost: Problem = {
  code: 'malformed-request',
  detail: 'A request of HTTP/1.1 needs the header Host.',
};

const unknownExpectation: Problem = {
  code: 'expectation-failed',
  detail: 'Expect: the only expectation that the service can meet is 100-continue.',
};

const invalidTarget: Problem = {
  code: 'malformed-request',
  detail: 'The target of the request is neither a path nor a URL.',
};

const foreignOrigin: Problem = {
  code: 'forbidden',
  detail:
    'Web pages of another origin may not do this; http.cors.origins names the permitted ones.',
};
