import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
};

/** A response, or none for ever. */
export type Response = { readonly status: number; readonly body?: string | Buffer } | 'none';

export type Receiver = {
  /** The address without a path, e.g. `http://127.0.0.1:4711`. */
  readonly origin: string;
  readonly received: Received[];
  /** Responds in place of the path, if it returns a response. */
  respond: (request: Received) => Response | undefined;
  close(): Promise<void>;
};

/**
 * A server that keeps what it is sent and responds as the path says: `/hang` never, `/cut` by
 * connection, `/drip` with a body that never ends, `/redirect` with a redirection to `/beat`, `/400`
 * and the like with that status, and all other paths with 200.
 */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const { 'content-type': contentType, authorization } = headers;
      const one = { method, path, contentType, authorization, body };
      received.push(one);
      const chosen = receiver.respond(one);
      if (chosen === undefined) answer(request, response);
      else if (chosen !== 'none') response.writeHead(chosen.status).end(chosen.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    received,
    respond: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace(/\?.*/, '');
  if (path === '/hang') return;
  if (path === '/cut') {
    request.socket.destroy();
    return;
  }
  if (path === '/drip') {
    response.writeHead(500);
    const drip = setInterval(() => response.write('drop '), 100);
    response.on('close', () => clearInterval(drip));
    return;
  }
  if (path === '/redirect') response.setHeader('Location', '/beat');
  const status = path === '/redirect' ? 302 : Number(/^\/(\d{3})$/.exec(path)?.[1] ?? 200);
  response.writeHead(status);
  response.end();
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
