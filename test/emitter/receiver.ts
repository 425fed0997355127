import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string;
};

export type Receiver = {
  /** The address without a path, e.g. `http://127.0.0.1:4711`. */
  readonly origin: string;
  readonly received: Received[];
  close(): Promise<void>;
};

/**
 * A server that keeps its requests and responds by their path: `/hang` never, `/cut` by closing the
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
      received.push({ method, path, contentType: headers['content-type'], body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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
