import { afterEach } from '@jest/globals';
import type { Route } from '../../service/http/route.ts';
import { createHttpServer } from '../../service/http/server/server.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openAuthorizer } from './open-authorizer.ts';
import { exchange, requestText } from './raw-http.ts';
import { createRecordedLog, type LogLine } from './recorded-log.ts';

/** An answer whose body was JSON, or nothing. */
export type JsonAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
};

/** A real server with nothing but some routes. */
export type RouteServer = {
  readonly port: number;
  readonly lines: readonly LogLine[];
  request(method: string, target: string, body?: string): Promise<JsonAnswer>;
  get(target: string): Promise<JsonAnswer>;
  close(graceMs?: number): Promise<void>;
};

const open = new Set<RouteServer>();

afterEach(async () => {
  for (const server of open) await server.close();
});

export async function startRoutes(routes: readonly Route[]): Promise<RouteServer> {
  const { log, lines } = createRecordedLog();
  const times = { headersTimeoutSeconds: 5, requestTimeoutSeconds: 5, keepAliveTimeoutSeconds: 5 };
  const server = createHttpServer(
    { host: '127.0.0.1', port: 0, maxBodyBytes: 1_024, ...times },
    {
      rawRoutes: [],
      routes,
      authorizer: openAuthorizer,
      log,
      metrics: createMetrics(),
    },
  );
  const port = await server.listen();

  async function request(method: string, target: string, body?: string): Promise<JsonAnswer> {
    const answer = await exchange(port, requestText(method, target, { body }));
    const { status, headers } = answer;
    const isJson = headers['content-type']?.includes('json') && answer.body !== '';
    return { status, headers, json: isJson ? JSON.parse(answer.body) : undefined };
  }

  const running: RouteServer = {
    port,
    lines,
    request,
    get: (target) => request('GET', target),
    async close(graceMs = 0) {
      open.delete(running);
      await server.close(graceMs);
    },
  };
  open.add(running);
  return running;
}
