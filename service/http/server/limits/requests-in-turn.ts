import type http from 'node:http';
import type { Socket } from 'node:net';
import { ReadPause } from './read-pause.ts';

/** Maximum of requests that wait, on all connections together: about 25 MB. */
const usualMaxWaiting = 10_000;

/** Pipelined requests, some milliseconds of work, after which the event loop gets its turn. */
const maxPerTurn = 1_000;

const usualStackTraceLimit = Error.stackTraceLimit;

/**
 * Serves one request of a connection at a time: a pipelined request waits until the response before
 * it is handed to the kernel. Meanwhile the connection is not read from, so a client that reads no
 * responses costs one response and the requests that had already arrived. If too many requests wait,
 * the connection with the most is closed.
 */
export class RequestsInTurn {
  readonly #waiting = new Map<Socket, number>();
  readonly #serve: http.RequestListener;
  readonly #maxWaiting: number;
  readonly #reading = new ReadPause();
  #total = 0;
  /** Pipelined requests in this turn of the event loop. */
  #inTurn = 0;

  constructor(serve: http.RequestListener, maxWaiting = usualMaxWaiting) {
    this.#serve = serve;
    this.#maxWaiting = maxWaiting;
  }

  /** To be called with each new connection. */
  readonly add = (socket: Socket): void => this.#reading.add(socket);

  readonly listener: http.RequestListener = (request, response) => {
    // Node assigns the connection to one response at a time.
    if (response.socket === null) this.#wait(request, response);
    else this.#serve(request, response);
  };

  #wait(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request;
    this.#countInTurn();
    // The parser finishes its chunk, also on a connection that was closed meanwhile.
    if (socket.destroyed) return;
    const before = this.#waiting.get(socket);
    if (before === undefined) {
      socket.prependOnceListener('close', this.#omitStacks);
      socket.once('close', this.#forget);
      process.nextTick(this.#pause, socket);
    }
    this.#waiting.set(socket, (before ?? 0) + 1);
    this.#total += 1;
    response.once('socket', () => {
      // Responses of a connection that was closed end too, one after the other.
      if (!this.#waiting.has(socket)) return;
      this.#leave(socket);
      // Node reads on after each request.
      process.nextTick(this.#pause, socket);
      // Not at once: small responses are sent without a turn of the event loop in between, and all
      // waiting requests would be served before anything else.
      setImmediate(() => {
        if (socket.destroyed) return;
        this.#serve(request, response);
        process.nextTick(this.#pause, socket);
      });
    });
    if (this.#total > this.#maxWaiting) this.#closeLongest();
  }

  #countInTurn(): void {
    this.#inTurn += 1;
    if (this.#inTurn === 1) setImmediate(this.#endTurn);
    if (this.#inTurn === maxPerTurn) this.#reading.begin();
  }

  readonly #endTurn = (): void => {
    this.#inTurn = 0;
  };

  #leave(socket: Socket): void {
    const left = (this.#waiting.get(socket) ?? 1) - 1;
    this.#total -= 1;
    if (left > 0) {
      this.#waiting.set(socket, left);
      return;
    }
    this.#waiting.delete(socket);
    socket.off('close', this.#omitStacks).off('close', this.#forget);
    socket.resume();
  }

  /** Runs when the parser has finished its chunk: before, it would resume the connection. */
  readonly #pause = (socket: Socket): void => {
    if (this.#waiting.has(socket)) socket.pause();
  };

  /** Node makes two errors for each request that is cut off, which cost more than the request. */
  readonly #omitStacks = (): void => {
    Error.stackTraceLimit = 0;
  };

  readonly #forget = (): void => {
    Error.stackTraceLimit = usualStackTraceLimit;
    for (const [socket, count] of this.#waiting) {
      if (!socket.destroyed) continue;
      this.#waiting.delete(socket);
      this.#total -= count;
    }
  };

  #closeLongest(): void {
    let longest: Socket | undefined;
    let most = 0;
    for (const [socket, count] of this.#waiting)
      if (count > most) [longest, most] = [socket, count];
    longest?.destroy();
    this.#forget();
  }
}
