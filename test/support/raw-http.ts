import { once } from 'node:events';
import net from 'node:net';

/** An answer as it came over the wire; names of headers in lower case. */
export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A connection on which a test writes the bytes of requests itself, right or wrong. */
export type RawConnection = {
  send(data: string | Buffer): void;
  /** The next answer; rejects when the connection ends without one. An answer to HEAD has no body. */
  answer(options?: { toHead?: boolean }): Promise<RawAnswer>;
  /** Ends our side only, as `nc -N` does. */
  end(): void;
  destroy(): void;
  isClosed(): boolean;
  /** Resolves when the other side has closed the connection, in whichever way. */
  readonly closed: Promise<void>;
};

const open = new Set<net.Socket>();

/** Lets go of every connection: for `afterEach`. */
export function closeConnections(): void {
  for (const socket of open) socket.destroy();
}

export async function connect(port: number): Promise<RawConnection> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  await once(socket, 'connect');
  let received: Buffer = Buffer.alloc(0);
  let isClosed = false;
  let wake = () => {};
  const closed = new Promise<void>((resolve) => {
    const close = () => {
      isClosed = true;
      resolve();
      wake();
    };
    socket.once('end', close);
    socket.once('close', close);
  });
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    wake();
  });

  return {
    send: (data) => void socket.write(data),
    async answer({ toHead = false } = {}) {
      for (;;) {
        const parsed = parseAnswer(received, toHead);
        if (parsed) {
          received = received.subarray(parsed.length);
          return parsed.answer;
        }
        if (isClosed) throw new Error(`closed without an answer, after: ${received.toString()}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    isClosed: () => isClosed,
    closed,
  };
}

/** Sends one request, reads one answer, and lets go of the connection. */
export async function exchange(port: number, request: string | Buffer): Promise<RawAnswer> {
  const connection = await connect(port);
  connection.send(request);
  return connection
    .answer({ toHead: String(request).startsWith('HEAD ') })
    .finally(() => connection.destroy());
}

/** The text of a request, with Host and, for a body, Content-Length. */
export function requestText(
  method: string,
  target: string,
  options: { headers?: Readonly<Record<string, string>>; body?: string | undefined } = {},
): string {
  const { headers = {}, body } = options;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: 'test', ...length, ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${head}\r\n${body ?? ''}`;
}

function parseAnswer(
  bytes: Buffer,
  toHead: boolean,
): { answer: RawAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`not an answer: ${statusLine}`);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const isEmpty = toHead || status < 200 || status === 204;
  const bodyEnd = headEnd + 4 + (isEmpty ? 0 : Number(headers['content-length'] ?? 0));
  if (bytes.length < bodyEnd) return undefined;
  const body = bytes.toString('utf8', headEnd + 4, bodyEnd);
  return { answer: { status, headers, body }, length: bodyEnd };
}
