import type { IncomingMessage, ServerResponse } from 'node:http';

export type ServiceName = 'keystone' | 'monasca';

/** One request as it came in, with what became of it. */
export type LoggedRequest = {
  time: string;
  service: ServiceName;
  method: string;
  path: string;
  query: string;
  /** null: not answered (yet), or the connection ended first. */
  status: number | null;
  /** The beginning of the token: enough to tell tokens apart, too little to use one. */
  token: string | null;
  /** Length of the body; null if the client did not say. */
  bytes: number | null;
  /** How many metrics a post of metrics brought in. */
  metrics: number | null;
  /** The fault that was played, by its id. */
  fault: string | null;
};

export type RequestFilter = {
  service?: string | undefined;
  method?: string | undefined;
  /** A prefix. */
  path?: string | undefined;
  limit?: number | undefined;
};

export type RequestCount = {
  service: ServiceName;
  method: string;
  path: string;
  status: number | null;
  count: number;
  metrics: number;
};

export type RequestLog = {
  begin(service: ServiceName, request: IncomingMessage, response: ServerResponse): LoggedRequest;
  /** Oldest first; of more than `limit` the newest. */
  list(filter: RequestFilter): LoggedRequest[];
  counts(): RequestCount[];
  clear(): void;
};

/** Paths beyond these many, each with its method and status, are counted together. */
const maxCounts = 1000;

/** Keeps the last `capacity` requests, so that a long run does not eat the memory. */
export function createRequestLog(now: () => number, capacity = 10_000): RequestLog {
  const ring: LoggedRequest[] = [];
  let next = 0;
  const counts = new Map<string, RequestCount>();

  const count = (entry: LoggedRequest) => {
    const { service, method, status } = entry;
    const exactKey = [service, method, entry.path, status].join(' ');
    const isKnown = counts.has(exactKey) || counts.size < maxCounts;
    const path = isKnown ? entry.path : '(others)';
    const key = isKnown ? exactKey : [service, method, path, status].join(' ');
    const before = counts.get(key) ?? { service, method, path, status, count: 0, metrics: 0 };
    before.count += 1;
    before.metrics += entry.metrics ?? 0;
    counts.set(key, before);
  };

  return {
    begin(service, request, response) {
      const entry = describe(service, request, now());
      ring[next] = entry;
      next = (next + 1) % capacity;
      // `finish` comes before the client can ask what it has caused; `close` alone means cut off.
      response.once('finish', () => {
        entry.status = response.statusCode;
        // A post that was refused half-way has stored nothing.
        if (response.statusCode >= 400) entry.metrics = null;
        count(entry);
      });
      response.once('close', () => {
        if (!response.writableFinished) count(entry);
      });
      return entry;
    },
    list({ service, method, path, limit = 100 }) {
      const inOrder = [...ring.slice(next), ...ring.slice(0, next)];
      return inOrder
        .filter((entry) => service === undefined || entry.service === service)
        .filter((entry) => method === undefined || entry.method === method.toUpperCase())
        .filter((entry) => path === undefined || entry.path.startsWith(path))
        .slice(-limit);
    },
    counts: () => [...counts.values()],
    clear() {
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
