import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { createMonascaApp, type MonascaAppOptions } from '../../monasca-mock/monasca/app.ts';
import { type Defects, recordedDefects } from '../../monasca-mock/monasca/defects.ts';
import type { Bearer } from '../../monasca-mock/tokens.ts';

/** The Monasca half of the mock alone. A token is the list of the roles of its bearer. */
export type MonascaServer = {
  url: string;
  defects: Defects;
  database: DatabaseSync;
  /** Sends the request with a token and a length, and without other headers. */
  send(request: MonascaRequest): Promise<MonascaResponse>;
  /** GET of a path by `monasca-user`. */
  get(path: string): Promise<MonascaResponse>;
  /** POST of metrics by `monasca-user`. */
  post(metrics: unknown, as?: string): Promise<MonascaResponse>;
  close(): Promise<void>;
};

export type MonascaRequest = {
  method?: string;
  path: string;
  /** `monasca-user` or `monasca-user+admin`, with `@other` for another project; null for none. */
  as?: string | null;
  contentType?: string | null;
  headers?: Record<string, string>;
  body?: string | Buffer;
};

export type MonascaResponse = {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
  /** The body as JSON; undefined if it is not JSON. */
  json: unknown;
};

export async function startMonascaServer(
  options: Partial<MonascaAppOptions> = {},
): Promise<MonascaServer> {
  const defects = options.defects ?? recordedDefects();
  const database = options.database ?? new DatabaseSync(':memory:');
  const app = createMonascaApp({
    validateToken: bearerOf,
    keystoneUrl: () => 'http://127.0.0.1:5000',
    now: () => Date.UTC(2026, 10, 20, 7),
    ...options,
    database,
    defects,
  });
  app.silent = true;
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  const send = (request: MonascaRequest) => exchange(url, request);
  return {
    url,
    defects,
    database,
    send,
    get: (path) => send({ path }),
    post: (metrics, as = 'monasca-user') =>
      send({ method: 'POST', path: '/v2.0/metrics', as, body: JSON.stringify(metrics) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const roles = ['monasca-user', 'monasca-agent', 'monasca-read-only-user', 'admin', 'reader-only'];

function bearerOf(token: string): Bearer | undefined {
  const [list = '', projectId = 'project'] = token.split('@');
  const held = list.split('+');
  if (list === 'unscoped') return { projectId: undefined, roles: [] };
  if (!held.every((role) => roles.includes(role))) return undefined;
  return { projectId, roles: held };
}

function exchange(url: string, request: MonascaRequest): Promise<MonascaResponse> {
  const { method = 'GET', path, as = 'monasca-user', body = '' } = request;
  const contentType = request.contentType === undefined ? 'application/json' : request.contentType;
  const headers: Record<string, string | number> = {
    ...(as === null ? {} : { 'X-Auth-Token': as }),
    ...(contentType === null || method === 'GET' ? {} : { 'Content-Type': contentType }),
    ...(method === 'GET' ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    ...request.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]),
          ),
          text,
          json: jsonOf(text),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
