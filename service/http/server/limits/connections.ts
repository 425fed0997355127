import type { Socket } from 'node:net';
import { networkOf } from '../../../access/client-address.ts';

type Connection = {
  readonly network: string;
  /** Bytes in both directions at the last check, and the time from which on there were no more. */
  bytes: number;
  idleSinceMs: number;
};

type ConnectionsOptions = {
  /** Maximum of open connections. */
  readonly max: number;
  /** Returns connections on which a response is being made or sent. */
  readonly busy: () => Iterable<Socket>;
  readonly nowMs?: () => number;
};

/** Time without any byte after which a connection counts as idle. */
const idleMs = 1_000;

/**
 * Shares the maximum of connections among addresses. Beyond it the address with the most
 * connections gives one up, the one that is idle for longest, so that no address keeps others out.
 * If that is the address of the new connection and none of its connections is idle, the new one is
 * closed.
 *
 * Idle times come from the counters of the kernel, which are read once a second while at least half
 * of the maximum is open: a request costs nothing.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #networks = new Map<string, Set<Socket>>();
  readonly #max: number;
  readonly #busy: () => Iterable<Socket>;
  readonly #nowMs: () => number;
  /** Candidates among some connections, sorted at most once a second. */
  #ranked: {
    readonly of: ReadonlySet<Socket>;
    readonly atMs: number;
    readonly sockets: Socket[];
  } = { of: new Set(), atMs: Number.NEGATIVE_INFINITY, sockets: [] };

  constructor({ max, busy, nowMs = () => performance.now() }: ConnectionsOptions) {
    this.#max = max;
    this.#busy = busy;
    this.#nowMs = nowMs;
  }

  /** Adds a new connection, and closes one if there are too many. */
  add(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? '');
    const sharers = this.#networks.get(network) ?? new Set();
    this.#networks.set(network, sharers);
    sharers.add(socket);
    this.#open.set(socket, { network, bytes: 0, idleSinceMs: this.#nowMs() });
    socket.once('close', () => this.#remove(socket));
    if (this.#open.size > this.#max) this.#closeOne(socket);
  }

  /** Updates the idle times; to be called once a second. */
  check(): void {
    if (this.#open.size * 2 < this.#max) return;
    for (const [socket, connection] of this.#open) this.#update(socket, connection);
  }

  #update(socket: Socket, connection: Connection): void {
    const bytes = socket.bytesRead + socket.bytesWritten;
    if (bytes === connection.bytes) return;
    connection.bytes = bytes;
    connection.idleSinceMs = this.#nowMs();
  }

  #closeOne(added: Socket): void {
    const largest = this.#largest();
    const closed = this.#idlest(largest, !largest.has(added)) ?? added;
    this.#remove(closed);
    closed.destroy();
  }

  #largest(): ReadonlySet<Socket> {
    let largest: ReadonlySet<Socket> = new Set();
    for (const sharers of this.#networks.values()) {
      if (sharers.size > largest.size) largest = sharers;
    }
    return largest;
  }

  /** Finds the connection that is idle for longest; one between two requests if `mayBeActive`. */
  #idlest(sharers: ReadonlySet<Socket>, mayBeActive: boolean): Socket | undefined {
    const nowMs = this.#nowMs();
    if (this.#ranked.of !== sharers || nowMs - this.#ranked.atMs >= idleMs) {
      this.#ranked = { of: sharers, atMs: nowMs, sockets: this.#rank(sharers) };
    }
    const busy = new Set(Array.from(this.#busy(), endOf));
    for (let socket = this.#ranked.sockets.pop(); socket; socket = this.#ranked.sockets.pop()) {
      const connection = this.#open.get(socket);
      if (!connection || busy.has(endOf(socket))) continue;
      this.#update(socket, connection);
      if (mayBeActive || nowMs - connection.idleSinceMs >= idleMs) return socket;
    }
    return undefined;
  }

  /** The connections in the order of their idle times, the longest last. */
  #rank(sharers: ReadonlySet<Socket>): Socket[] {
    const ranked: { readonly socket: Socket; readonly idleSinceMs: number }[] = [];
    for (const socket of sharers) {
      const connection = this.#open.get(socket);
      if (!connection) continue;
      this.#update(socket, connection);
      ranked.push({ socket, idleSinceMs: connection.idleSinceMs });
    }
    ranked.sort((one, other) => other.idleSinceMs - one.idleSinceMs);
    return ranked.map(({ socket }) => socket);
  }

  #remove(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (!connection) return;
    this.#open.delete(socket);
    const sharers = this.#networks.get(connection.network);
    sharers?.delete(socket);
    if (sharers?.size === 0) this.#networks.delete(connection.network);
  }
}

/** The other end: with TLS a request has another socket than its connection. */
const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
