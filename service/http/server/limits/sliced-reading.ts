import type { Socket } from 'node:net';
import { createSlicer } from '../../../runtime/concurrency/slicer.ts';

/** Bytes that are parsed at once: at most 80 requests, some tenths of a millisecond of work. */
const sliceBytes = 2_048;

/** Requests in a slice that may wait. Beyond it they are shorter than any useful request. */
const maxWaitingOfSlice = 32;

/** Time for which new connections are read in slices. */
const cautiousMs = 60_000;

/** Time in each turn of the event loop for the first slices of new connections. */
const newcomersMs = 2;

/**
 * Reads connections in slices. Usually Node's parser reads a connection itself: 64 KiB at once, which
 * it parses to their end, up to 2,000 requests, even if the connection is closed meanwhile. With a
 * listener for `readable`, Node reads the connection into a buffer, and its parser gets what is read
 * of that: here a slice, and the next one when no request of the connection waits.
 *
 * That costs each request some microseconds, so it begins with the first connection that misuses
 * pipelining: for all connections that are open, and for all that are opened in the next minute.
 * Then a connection is closed if too many requests wait after a slice. New connections begin one
 * after the other, because clients that were disconnected connect again all at once.
 */
export class SlicedReading {
  /** Open connections that Node's parser reads itself. */
  readonly #unsliced = new Set<Socket>();
  readonly #sliced = new WeakSet<Socket>();
  readonly #newcomers = createSlicer(newcomersMs);
  readonly #waitingOf: (socket: Socket) => number;
  readonly #nowMs: () => number;
  #cautiousUntilMs = Number.NEGATIVE_INFINITY;

  /** `waitingOf` returns the number of requests that wait on a connection. */
  constructor(waitingOf: (socket: Socket) => number, nowMs = () => performance.now()) {
    this.#waitingOf = waitingOf;
    this.#nowMs = nowMs;
  }

  /** To be called with each new connection. */
  readonly add = (socket: Socket): void => {
    if (this.#nowMs() < this.#cautiousUntilMs) {
      this.#slice(socket);
      return;
    }
    this.#unsliced.add(socket);
    socket.once('close', () => this.#unsliced.delete(socket));
  };

  begin(): void {
    this.#cautiousUntilMs = this.#nowMs() + cautiousMs;
    for (const socket of this.#unsliced) this.#slice(socket);
    this.#unsliced.clear();
  }

  isSliced(socket: Socket): boolean {
    return this.#sliced.has(socket);
  }

  /** To be called when no request of a connection waits any more. */
  resume(socket: Socket): void {
    if (this.#sliced.has(socket)) this.#parse(socket);
    else socket.resume();
  }

  #slice(socket: Socket): void {
    this.#sliced.add(socket);
    let isNew = socket.bytesWritten === 0;
    const parse = () => this.#parse(socket);
    const begin = () => {
      isNew = false;
      parse();
    };
    const parseInTurn = () => {
      if (isNew) void this.#newcomers.run(begin);
      else parse();
    };
    socket.on('readable', parseInTurn).on('drain', parse);
  }

  #parse(socket: Socket): void {
    // Node requires that its parser gets nothing while a response waits for its client.
    while (!socket.destroyed && !socket.writableNeedDrain && this.#waitingOf(socket) === 0) {
      if (socket.read(Math.min(socket.readableLength, sliceBytes) || undefined) === null) return;
      if (this.#waitingOf(socket) > maxWaitingOfSlice) {
        this.begin();
        socket.destroy();
      }
    }
  }
}
