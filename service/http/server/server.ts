import type http from 'node:http';
import type { Socket } from 'node:net';
import type { Authorizer } from '../../access/authorizer.ts';
import type { Mount, RawRoute } from '../../contract/raw-route.ts';
import type { Log } from '../../runtime/log.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createKoaApp } from '../koa-app.ts';
import type { Route } from '../route.ts';
import { Connections } from './limits/connections.ts';
import { OpenResponses } from './limits/open-responses.ts';
import { RequestsInTurn } from './limits/requests-in-turn.ts';
import { rejectMalformedRequest } from './malformed-request.ts';
import { createRequestListener } from './request-listener.ts';
import { createCommonHeaders } from './security-headers.ts';
import { createNodeServer, type ServerCertificate } from './tls.ts';

type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
  readonly limits?: { readonly maxConnections: number; readonly maxRequestsPerConnection: number };
  readonly cors?: { readonly origins: readonly string[] };
};

type ServerParts = {
  readonly rawRoutes?: readonly RawRoute[];
  readonly mounts?: readonly Mount[];
  readonly routes?: readonly Route[];
  readonly authorizer: Authorizer;
  /** Undefined for plain HTTP. */
  readonly certificate?: ServerCertificate | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
};

export type HttpServer = {
  /** Resolves with the port that was bound; rejects with Node's error when it cannot be. */
  listen(): Promise<number>;
  /** Ends each connection with its next response; resolves when the last request is done. */
  close(graceMs: number): Promise<void>;
};

/** Connections: their timeouts, their number, their end. */
export function createHttpServer(options: ServerOptions, parts: ServerParts): HttpServer {
  const { rawRoutes = [], mounts = [], routes = [], authorizer, certificate, log, metrics } = parts;
  const { maxBodyBytes, limits } = options;
  let isStopping = false;
  const count = responseCounter(metrics);
  const openResponses = new OpenResponses();
  const inTurn = new RequestsInTurn(
    limitRequests(
      limits?.maxRequestsPerConnection ?? 0,
      createRequestListener({
        rawRoutes,
        mounts,
        koa: createKoaApp(routes, authorizer, log),
        openResponses,
        authorizer,
        log,
        maxBodyBytes,
        headers: createCommonHeaders({
          isSecure: certificate !== undefined,
          origins: options.cors?.origins ?? [],
        }),
        isStopping: () => isStopping,
        count,
      }),
    ),
  );
  const server = createNodeServer(
    {
      headersTimeout: options.headersTimeoutSeconds * 1_000,
      requestTimeout: options.requestTimeoutSeconds * 1_000,
      keepAliveTimeout: options.keepAliveTimeoutSeconds * 1_000,
      connectionsCheckingInterval: 1_000,
      // The listener responds with a problem.
      requireHostHeader: false,
    },
    certificate,
    inTurn.listener,
  );
  const sharing = limits && shareConnections(server, limits.maxConnections, openResponses);
  server.on(certificate ? 'secureConnection' : 'connection', inTurn.add);
  serveExpectations(server, inTurn.listener, maxBodyBytes);
  server.on('clientError', (error, socket) => {
    const status = rejectMalformedRequest(error, socket);
    if (status !== undefined) count(status);
  });
  limitUnreadTime(server, (options.requestTimeoutSeconds + 5) * 1_000);
  // A client that ends its side after the request, as `nc -N` does, still reads the response.
  Object.assign(server, { httpAllowHalfOpen: true });

  return {
    listen: () => listen(server, options, log),
    async close(graceMs) {
      isStopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
      clearInterval(sharing);
    },
  };
}

/** Returns the timer that has to be cleared at the end. */
function shareConnections(
  server: http.Server,
  max: number,
  openResponses: OpenResponses,
): NodeJS.Timeout {
  const connections = new Connections({ max, busy: () => openResponses.connections() });
  server.on('connection', (socket: Socket) => connections.add(socket));
  return setInterval(() => connections.check(), 1_000).unref();
}

function serveExpectations(
  server: http.Server,
  serve: http.RequestListener,
  maxBodyBytes: number,
): void {
  // A client that waits for 100 Continue need not send what would be refused for its size.
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > maxBodyBytes;
    if (!isTooLarge) response.writeContinue();
    serve(request, response);
  });
  server.on('checkExpectation', serve);
}

/**
 * Ends connections whose client reads no byte of a response for `maxMs`. The time in which the
 * service works on a response does not count: Node limits the time for requests, and for the pause
 * between two of them, which has a time limit of another length.
 */
function limitUnreadTime(server: http.Server, maxMs: number): void {
  // One millisecond more than any of the other limits can have.
  const limitMs = maxMs + 1;
  server.setTimeout(limitMs, (socket: Socket) => {
    if (socket.timeout === limitMs && socket.writableLength === 0) socket.setTimeout(limitMs);
    else socket.destroy();
  });
}

function listen(
  server: http.Server,
  { host, port }: Pick<ServerOptions, 'host' | 'port'>,
  log: Log,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', (error) => log.error({ error }, 'a connection could not be accepted'));
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/**
 * Ends a connection with the response to its `max`th request. Node's own `maxRequestsPerSocket`
 * only requests that of the client, and responds with 503 to one that goes on.
 */
function limitRequests(max: number, serve: http.RequestListener): http.RequestListener {
  if (max === 0) return serve;
  const counts = new WeakMap<Socket, number>();
  return (request, response) => {
    const requests = (counts.get(request.socket) ?? 0) + 1;
    counts.set(request.socket, requests);
    if (requests >= max) response.shouldKeepAlive = false;
    serve(request, response);
  };
}

/** Counts responses by the class of their status. */
function responseCounter(metrics: Metrics): (status: number) => void {
  const tallies = ['2xx', '3xx', '4xx', '5xx'].map((status) =>
    metrics.hotCounter('httpRequests', { status }),
  );
  return (status) => tallies[Math.floor(status / 100) - 2]?.add(1);
}
