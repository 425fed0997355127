import type http from 'node:http';
import type { Socket } from 'node:net';
import type Koa from 'koa';
import type { Gate } from '../access/gate.ts';
import type { Mount, RawRoute } from '../contract/raw-route.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { createDispatch } from './dispatch.ts';
import { createListener, type TlsSource } from './tls.ts';

export type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
  readonly limits?: { readonly maxConnections: number; readonly maxRequestsPerConnection: number };
  readonly cors?: { readonly origins: readonly string[] };
};

export type HttpServer = {
  /** Resolves with the port that was bound; rejects with node's error when it cannot be. */
  listen(): Promise<number>;
  /** From now on answers end their connections; resolves when the last request is done. */
  close(graceMs: number): Promise<void>;
};

/** The sockets: how long they may take, how many there may be, and how they end. */
export function createHttpServer(
  options: ServerOptions,
  parts: {
    rawRoutes: readonly RawRoute[];
    mounts?: readonly Mount[];
    koa: Koa;
    gate: Gate;
    tls?: TlsSource | undefined;
    log: Log;
    metrics: Metrics;
  },
): HttpServer {
  const { rawRoutes, koa, gate, tls, log, metrics } = parts;
  const { maxBodyBytes, limits } = options;
  let isStopping = false;
  const count = answerCounter(metrics);
  const dispatch = createDispatch({
    rawRoutes,
    mounts: parts.mounts ?? [],
    koa,
    gate,
    log,
    maxBodyBytes,
    isSecure: tls !== undefined,
    origins: options.cors?.origins ?? [],
    isStopping: () => isStopping,
    count,
  });
  const serve = endingAfter(limits?.maxRequestsPerConnection ?? 0, dispatch);
  const server = createListener(
    {
      headersTimeout: options.headersTimeoutSeconds * 1_000,
      requestTimeout: options.requestTimeoutSeconds * 1_000,
      keepAliveTimeout: options.keepAliveTimeoutSeconds * 1_000,
      connectionsCheckingInterval: 1_000,
    },
    tls,
    serve,
  );
  if (limits) server.maxConnections = limits.maxConnections;
  // A sender that asks first need not send what would be refused for its size.
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > maxBodyBytes;
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

/**
 * Ends a connection with the answer to its `max`th request. Node's own `maxRequestsPerSocket` only
 * asks the client to, and has a 503 for one that goes on.
 */
function endingAfter(max: number, serve: http.RequestListener): http.RequestListener {
  if (max === 0) return serve;
  const counts = new WeakMap<Socket, number>();
  return (request, response) => {
    const requests = (counts.get(request.socket) ?? 0) + 1;
    counts.set(request.socket, requests);
    if (requests >= max) response.shouldKeepAlive = false;
    serve(request, response);
  };
}

/** Counts answers by the class of their status. */
function answerCounter(metrics: Metrics): (status: number) => void {
  const tallies = ['2xx', '3xx', '4xx', '5xx'].map((status) =>
    metrics.hotCounter('httpRequests', { status }),
  );
  return (status) => tallies[Math.floor(status / 100) - 2]?.add(1);
}
