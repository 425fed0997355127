import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';

export type ServiceName = 'keystone' | 'monasca';

export type LoggedRequest = {
  time: string;
  service: ServiceName;
  method: string;
  path: string;
  query: string;
  /** Null without a response, or if the connection ended first. */
  status: number | null;
  /** The beginning of the token: enough to distinguish tokens, too little to use one. */
  token: string | null;
  /** Length of the body; null if the client sent no length. */
  bytes: number | null;
  /** Number of metrics that the request stored. */
  metrics: number | null;
  /** Id of the fault that the request triggered. */
  fault: string | null;
};

export const requestFilter = z.object({
  service: z.enum(['keystone', 'monasca']).optional(),
  /** A prefix. */
  path: z.string().optional(),
  method: z.string().optional(),
  limit: z.coerce.number().int().min(0).max(10_000).optional(),
});

type RequestCount = Pick<LoggedRequest, 'service' | 'method' | 'path' | 'status'> & {
  count: number;
  metrics: number;
};

/** Number of requests in the log; older ones are dropped, so that memory stays bounded. */
const capacity = 10_000;

/** Number of counters; further paths share the path `(others)`. */
const maxCounts = 1000;

export type RequestLog = ReturnType<typeof createRequestLog>;

export function createRequestLog(now: () => number) {
  const ring: LoggedRequest[] = [];
  let next = 0;
  const counts = new Map<string, RequestCount>();

  const count = ({ service, method, status, metrics, ...entry }: LoggedRequest) => {
    const keyOf = (path: string) => [service, method, path, status].join(' ');
    const isCounted = counts.has(keyOf(entry.path)) || counts.size < maxCounts;
    const path = isCounted ? entry.path : '(others)';
    const key = keyOf(path);
    const counter = counts.get(key) ?? { service, method, path, status, count: 0, metrics: 0 };
    counter.count += 1;
    counter.metrics += metrics ?? 0;
    counts.set(key, counter);
  };

  return {
    begin(service: ServiceName, request: IncomingMessage, response: ServerResponse) {
      const entry = describe(service, request, now());
      ring[next] = entry;
      next = (next + 1) % capacity;
      // `finish` precedes every request that depends on the response; `close` alone means cut off.
      response.once('finish', () => {
        entry.status = response.statusCode;
        // A rejected post has stored nothing.
        if (response.statusCode >= 400) entry.metrics = null;
        count(entry);
      });
      response.once('close', () => {
        if (!response.writableFinished) count(entry);
      });
      return entry;
    },
    /** The newest requests, oldest first. */
    list({
      service,
      method,
      path = '',
      limit = 100,
    }: z.infer<typeof requestFilter>): LoggedRequest[] {
      return [...ring.slice(next), ...ring.slice(0, next)]
        .filter((entry) => service === undefined || entry.service === service)
        .filter((entry) => method === undefined || entry.method === method.toUpperCase())
        .filter((entry) => entry.path.startsWith(path))
        .slice(-limit);
    },
    counts: () => [...counts.values()],
    clear(): void {
      ring.length = 0;
      next = 0;
      counts.clear();
    },
  };
}

function describe(service: ServiceName, request: IncomingMessage, now: number): LoggedRequest {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const token = request.headers['x-auth-token'];
  const length = request.headers['content-length'];
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  return {
    time: new Date(now).toISOString(),
    service,
    method: request.method ?? '',
    path,
    query,
    status: null,
    token: typeof token === 'string' ? `${token.slice(0, 16)}…` : null,
    bytes: length !== undefined ? Number(length) : isChunked ? null : 0,
    metrics: null,
    fault: null,
  };
}
