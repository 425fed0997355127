import http from 'node:http';
import type Koa from 'koa';
import type { Lane, Subtree } from '../contract/lane.ts';
import { type Problem, problemAnswer } from '../contract/problem.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Gate } from './access/gate.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { createLaneHandler } from './lane-handler.ts';
import { originForm, splitToken, withoutQuery } from './target.ts';

export type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
};

export type HttpServer = {
  /** Resolves with the port that was bound; rejects with node's error when it cannot be. */
  listen(): Promise<number>;
  /** From now on answers end their connections; resolves when the last request is done. */
  close(graceMs: number): Promise<void>;
};

/**
 *                    ┌─ a lane's path ──▶ lane ──▶ ingest
 *   node:http ──▶ which path? ─ a subtree's ──▶ subtree
 *                    └─ any other ──────▶ Koa, router
 */
export function createHttpServer(
  options: ServerOptions,
  parts: {
    lanes: readonly Lane[];
    subtrees?: readonly Subtree[];
    koa: Koa;
    gate: Gate;
    log: Log;
    metrics: Metrics;
  },
): HttpServer {
  const { gate, log, metrics } = parts;
  let isStopping = false;
  const koa = parts.koa.callback();
  const count = answerCounter(metrics);
  const { maxBodyBytes } = options;
  const handling = { maxBodyBytes, gate, isStopping: () => isStopping, log, count };
  const lanes = new Map(parts.lanes.map((lane) => [lane.path, createLaneHandler(lane, handling)]));
  const tokenLanes = new Map(
    parts.lanes.flatMap(({ path, takesTokenInPath }) => {
      const handler = takesTokenInPath && lanes.get(path);
      return handler ? [[path, handler]] : [];
    }),
  );
  const subtrees = (parts.subtrees ?? []).map((subtree) => ({
    prefix: subtree.prefix,
    handler: createLaneHandler(subtree, handling),
  }));
  /** One function for all responses. */
  function countFinished(this: http.ServerResponse): void {
    count(this.statusCode);
  }

  function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const target = originForm(request.url ?? '');
    if (target === undefined) {
      const { status, headers, body } = problemAnswer(notAnAddress);
      count(status);
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
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
    if (isStopping) response.setHeader('connection', 'close');
    void koa(request, response);
  }

  const server = http.createServer(
    {
      headersTimeout: options.headersTimeoutSeconds * 1_000,
      requestTimeout: options.requestTimeoutSeconds * 1_000,
      keepAliveTimeout: options.keepAliveTimeoutSeconds * 1_000,
      connectionsCheckingInterval: 1_000,
    },
    serve,
  );
  // A sender that asks first need not send what would be refused for its size.
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > options.maxBodyBytes;
    if (!isTooLarge) response.writeContinue();
    serve(request, response);
  });
  server.on('clientError', (error, socket) => {
    const status = answerBrokenRequest(error, socket);
    if (status !== undefined) count(status);
  });
  // Whoever takes no byte of an answer for so long will not take any. A slow request is noticed
  // before that, and told.
  server.setTimeout((options.requestTimeoutSeconds + 5) * 1_000);
  // A sender that ends its side after the request, as `nc -N` does, still reads the answer.
  Object.assign(server, { httpAllowHalfOpen: true });

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          server.on('error', (error) => log.error({ error }, 'a connection could not be taken'));
          const address = server.address();
          resolve(typeof address === 'object' && address ? address.port : options.port);
        });
      }),
    async close(graceMs) {
      isStopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

const notAnAddress: Problem = {
  code: 'malformed-request',
  detail: 'What is asked for is neither a path nor an address.',
};

/** Counts answers by the class of their status. */
function answerCounter(metrics: Metrics): (status: number) => void {
  const tallies = ['2xx', '3xx', '4xx', '5xx'].map((status) =>
    metrics.tally('httpRequests', { status }),
  );
  return (status) => tallies[Math.floor(status / 100) - 2]?.add(1);
}
