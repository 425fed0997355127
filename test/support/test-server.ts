import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

/** A request as the server received it. */
export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
};

/** A response to a request, no response, or a closed connection. */
export type Reaction =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly status: number; readonly unfinished: Unfinished }
  | 'hang'
  | 'cut'
  /** Sends bytes that are not HTTP. */
  | 'babble';

/** Bodies of a response that do not end as they should. */
export const unfinished = ['cut short', 'dripping', 'endless', 'of 20 MB'] as const;
export type Unfinished = (typeof unfinished)[number];

/** A real HTTP server on a free port of 127.0.0.1 whose responses the test sets. */
export type TestServer = {
  readonly url: string;
  readonly received: readonly Received[];
  /** Sets the reaction to all further requests, or the function that returns it. */
  react(reaction: Reaction | ((request: Received) => Reaction | Promise<Reaction>)): void;
  stop(): Promise<void>;
};

export async function startTestServer(): Promise<TestServer> {
  const received: Received[] = [];
  let decide: (request: Received) => Reaction | Promise<Reaction> = () => ({ status: 204 });

  const server = http.createServer(async (incoming, outgoing) => {
    try {
      const request = await receive(incoming);
      received.push(request);
      perform(await decide(request), outgoing);
    } catch {
      // The client hung up while it was sending.
      outgoing.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    received,
    react: (reaction) => {
      decide = typeof reaction === 'function' ? reaction : () => reaction;
    },
    async stop() {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port of 127.0.0.1 without a listener. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

export function portOf(server: net.Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function receive(incoming: http.IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

function perform(reaction: Reaction, outgoing: http.ServerResponse): void {
  switch (reaction) {
    case 'hang':
      return;
    case 'cut':
      outgoing.destroy();
      return;
    case 'babble':
      outgoing.socket?.end('220 mail.example.org ESMTP\r\n');
      return;
    default:
      if ('unfinished' in reaction) performUnfinished(reaction, outgoing);
      else outgoing.writeHead(reaction.status, reaction.headers).end(reaction.body);
  }
}

function performUnfinished(
  { status, unfinished: how }: { status: number; unfinished: Unfinished },
  outgoing: http.ServerResponse,
): void {
  const writeEvery = (ms: number, text: string) => {
    const timer = setInterval(() => outgoing.write(text), ms);
    outgoing.on('close', () => clearInterval(timer));
  };
  switch (how) {
    case 'cut short':
      outgoing.writeHead(status, { 'content-length': '1000' });
      outgoing.write('{"beginning":', () => outgoing.destroy());
      return;
    case 'dripping':
      outgoing.writeHead(status, { 'content-length': '100000' });
      writeEvery(20, 'x');
      return;
    case 'endless':
      outgoing.writeHead(status);
      writeEvery(1, 'x'.repeat(65_536));
      return;
    case 'of 20 MB':
      outgoing.writeHead(status).end('x'.repeat(20_000_000));
  }
}
