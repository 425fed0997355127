import http from 'node:http';
import type Koa from 'koa';
import type { Lane } from '../contract/lane.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { createLaneHandler } from './lane-handler.ts';

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
 *   node:http ──▶ which path?
 *                    └─ any other ──────▶ Koa, router
 */
export function createHttpServer(
  options: ServerOptions,
  parts: { lanes: readonly Lane[]; koa: Koa; log: Log; metrics: Metrics },
): HttpServer {
  const { log, metrics } = parts;
  let isStopping = false;
  const koa = parts.koa.callback();
  const lanes = new Map(
    parts.lanes.map((lane) => {
      const { maxBodyBytes } = options;
      return [
        lane.path,
        createLaneHandler(lane, { maxBodyBytes, isStopping: () => isStopping, log }),
      ];
    }),
  );
  const count = requestCounter(metrics);

  function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    response.once('finish', count);
    const lane = lanes.get(pathOf(request.url ?? '/'));
    if (lane) {
      lane(request, response);
      return;
    }
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
  server.on('clientError', answerBrokenRequest);
  // Whoever takes no bytes of an answer for so long will not take any.
  server.setTimeout(2_000 * options.requestTimeoutSeconds);
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

function pathOf(url: string): string {
  const query = url.indexOf('?');
  const whole = query === -1 ? url : url.slice(0, query);
  // As a proxy is asked: `POST http://host/beat`. Servers have to take it (RFC 9112, 3.2.2).
  return whole.startsWith('/') ? whole : whole.replace(/^https?:\/\/[^/]*/i, '');
}

/** A listener that counts by class of status; one function for all responses. */
function requestCounter(metrics: Metrics): (this: http.ServerResponse) => void {
  const tallies = ['2xx', '3xx', '4xx', '5xx'].map((status) =>
    metrics.tally('httpRequests', { status }),
  );
  return function (this: http.ServerResponse) {
    tallies[Math.floor(this.statusCode / 100) - 2]?.add(1);
  };
}
