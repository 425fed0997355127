import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { HeraldConfig } from '../../config/sections/records/herald.ts';
import { createNetworkMatcher } from '../../contract/address/networks.ts';
import type { Log } from '../../runtime/log.ts';
import type { Progress } from './connection.ts';

export type RecordListener = {
  /** Resolves with the port. */
  listen(): Promise<number>;
  /** Accepts no more connections, and ends the open ones when their current batch is stored. */
  close(): Promise<void>;
  readonly open: number;
};

/** Reads one connection to its end; resolves with whether all that it sent is stored or refused. */
type Receive = (socket: Socket, address: string, progress: Progress) => Promise<boolean>;

type Connection = { readonly progress: Progress; readonly ended: Promise<void> };

const handshakeTimeoutMs = 10_000;
/** Time without a byte after which the system checks whether the other side is still there. */
const keepAliveMs = 60_000;
/** Time for current batches when the service stops. */
const closingMs = 2_000;

/**
 * Listens for senders of records.
 *
 * The end of a connection says that its records are stored. So a connection that the service does not
 * read to its end is reset: a sender must not take its end for that.
 */
export class RecordServer implements RecordListener {
  readonly #config: HeraldConfig;
  readonly #log: Log;
  readonly #receive: Receive;
  readonly #server: Server;
  readonly #isAllowed: (address: string) => boolean;
  readonly #connections = new Map<Socket, Connection>();
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
    for (const [socket, { progress }] of this.#connections) if (!progress.isStoring) reset(socket);
    const late = setTimeout(() => this.#resetAll(), closingMs);
    await Promise.all([...this.#connections.values()].map(({ ended }) => ended));
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
    const progress = { signal: this.#ending.signal, isStoring: false };
    this.#connections.set(socket, { progress, ended: this.#serve(socket, address, progress) });
  }

  async #serve(socket: Socket, address: string, progress: Progress): Promise<void> {
    const isComplete = await this.#receive(socket, address, progress).catch((error: unknown) =>
      this.#failed(error, address),
    );
    this.#connections.delete(socket);
    if (isComplete) socket.destroySoon();
    else reset(socket);
  }

  /** A client that leaves in the middle is no failure. */
  #failed(error: unknown, address: string): false {
    const hasLeft = Error.isError(error) && 'code' in error;
    if (!hasLeft) this.#log.error({ error, address }, 'records of a sender could not be received');
    return false;
  }

  #resetAll(): void {
    for (const socket of this.#connections.keys()) reset(socket);
  }
}

function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
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
