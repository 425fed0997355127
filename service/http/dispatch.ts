import type http from 'node:http';
import type Koa from 'koa';
import type { Lane, Subtree } from '../contract/lane.ts';
import { type Answer, type Problem, problemAnswer } from '../contract/problem.ts';
import type { Log } from '../runtime/log.ts';
import type { Gate } from './access/gate.ts';
import { type CommonHeaders, createCommonHeaders } from './access/headers.ts';
import { createLaneHandler } from './lane-handler.ts';
import { originForm, splitToken, withoutQuery } from './target.ts';

export type DispatchOptions = {
  readonly lanes: readonly Lane[];
  readonly subtrees: readonly Subtree[];
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
 *                    ┌─ a lane's path ──▶ lane ──▶ ingest
 *   node:http ──▶ which path? ─ a subtree's ──▶ subtree
 *                    └─ any other ──────▶ Koa, router
 */
export function createDispatch(options: DispatchOptions): http.RequestListener {
  const { isSecure, origins, isStopping, count } = options;
  const headers = createCommonHeaders({ isSecure, origins });
  const koa = options.koa.callback();
  const handling = { ...options, headers };
  const lanes = new Map(
    options.lanes.map((lane) => [lane.path, createLaneHandler(lane, handling)]),
  );
  const subtrees = options.subtrees.map((subtree) => ({
    prefix: subtree.prefix,
    handler: createLaneHandler(subtree, handling),
  }));
  const tokenLanes = new Map(
    options.lanes.flatMap(({ path, takesTokenInPath }) => {
      const handler = takesTokenInPath && lanes.get(path);
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
      const { status, headers: own, body } = early ?? problemAnswer(notAnAddress);
      count(status);
      const length = { 'content-length': Buffer.byteLength(body) };
      response.writeHead(status, { ...headers.of(request), ...own, ...length });
      response.end(body);
      return;
    }
    request.url = target;
    const path = withoutQuery(target);
    const lane = lanes.get(path) ?? subtrees.find(({ prefix }) => path.startsWith(prefix))?.handler;
    if (lane) {
      lane(request, response);
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

/** What neither a lane nor a route is asked about; undefined for nearly everything. */
function earlyAnswer(
  request: http.IncomingMessage,
  target: string | undefined,
  headers: CommonHeaders,
): Answer | undefined {
  if (target === undefined) return problemAnswer(notAnAddress);
  if (request.headers.origin === undefined) return undefined;
  const allowed = headers.preflight(request);
  if (allowed) return { status: 204, headers: allowed, body: '' };
  return headers.isForeign(request) ? problemAnswer(foreign) : undefined;
}

const notAnAddress: Problem = {
  code: 'malformed-request',
  detail: 'What is asked for is neither a path nor an address.',
};

const foreign: Problem = {
  code: 'forbidden',
  detail: 'A web page of another origin may not do this; http.cors.origins names those that may.',
};
