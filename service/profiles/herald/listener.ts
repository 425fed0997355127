import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { HeraldConfig } from '../../config/sections/records/herald.ts';
import { createNetworkMatcher } from '../../contract/address/networks.ts';
import type { Log } from '../../runtime/log.ts';

export type RecordListener = {
  /** Resolves with the port. */
  listen(): Promise<number>;
  /** Accepts no more connections, and ends the open ones when their current batch is stored. */
  close(): Promise<void>;
  readonly open: number;
};

type Receive = (socket: Socket, address: string, signal: AbortSignal) => Promise<void>;

const handshakeTimeoutMs = 10_000;
/** Time without a byte after which the system checks whether the other side is still there. */
const keepAliveMs = 60_000;
/** Time for current batches when the service stops. */
const closingMs = 2_000;

/** Listens for senders of records; `receive` reads one connection until it ends. */
export class RecordServer implements RecordListener {
  readonly #config: HeraldConfig;
  readonly #log: Log;
  readonly #receive: Receive;
  readonly #server: Server;
  readonly #isAllowed: (address: string) => boolean;
  readonly #connections = new Map<Socket, Promise<void>>();
  readonly #ending = new AbortController();

  constructor(config: HeraldConfig, log: Log, receive: Receive) {
    this.#config = config;
    this.#log = log;
    this.#receive = receive;
    this.#isAllowed = config.allow.length === 0 ? () => true : createNetworkMatcher(config.allow);
    this.#server = createNetServer(config.tls, (socket) => this.#accept(socket));
    this.#server.on('tlsClientError', (error: Error) =>
      log.debug({ error: error.message }, 'a TLS handshake of a sender of records failed'),
    );
  }

  get open(): number {
    return this.#connections.size;
  }

  async listen(): Promise<number> {
    const { host, port } = this.#config;
    const listening = Promise.withResolvers<void>();
    this.#server.once('error', listening.reject);
    this.#server.listen(port, host, listening.resolve);
    await listening.promise;
    this.#server.off('error', listening.reject);
    this.#server.on('error', (error) => this.#log.error({ error }, 'the port of records failed'));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#server.close();
    const late = setTimeout(() => this.#destroyAll(), closingMs);
    for (const socket of this.#connections.keys()) socket.pause();
    await Promise.all([...this.#connections].map(([socket, ended]) => endOf(socket, ended)));
    clearTimeout(late);
  }

  #accept(socket: Socket): void {
    const address = addressOf(socket);
    if (!this.#isAllowed(address) || this.#connections.size >= this.#config.maxConnections) {
      this.#log.warn({ address, open: this.#connections.size }, 'a sender of records was refused');
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, keepAliveMs);
    socket.on('error', () => undefined);
    const ended = this.#receive(socket, address, this.#ending.signal)
      .catch((error: unknown) => this.#failed(error, address))
      .finally(() => {
        this.#connections.delete(socket);
        socket.destroySoon();
      });
    this.#connections.set(socket, ended);
  }

  /** A client that leaves in the middle is no failure. */
  #failed(error: unknown, address: string): void {
    if (Error.isError(error) && 'code' in error) return;
    this.#log.error({ error, address }, 'records of a sender could not be received');
  }

  #destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }
}

/** An idle connection has no batch to wait for. */
async function endOf(socket: Socket, ended: Promise<void>): Promise<void> {
  setImmediate(() => socket.destroy());
  await ended;
}

const addressOf = ({ remoteAddress = '' }: Socket): string =>
  remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');

function createNetServer(
  { certFile, keyFile, clientCaFile }: HeraldConfig['tls'],
  accept: (socket: Socket) => void,
): Server {
  // Half open: this side ends a connection when its records are stored, so the sender knows that they are.
  const options = { allowHalfOpen: true };
  if (certFile === undefined || keyFile === undefined) return createServer(options, accept);
  return createTlsServer(
    {
      ...options,
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      ...(clientCaFile === undefined ? {} : { ca: readFileSync(clientCaFile) }),
      requestCert: clientCaFile !== undefined,
      rejectUnauthorized: clientCaFile !== undefined,
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeTimeoutMs,
    },
    accept,
  );
}
