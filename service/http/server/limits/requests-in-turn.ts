import type http from 'node:http';
import type { Socket } from 'node:net';

/** Maximum of requests that wait, on all connections together: about 25 MB. */
const usualMaxWaiting = 10_000;

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
  #total = 0;
  #pipelined = 0;

  constructor(serve: http.RequestListener, maxWaiting = usualMaxWaiting) {
    this.#serve = serve;
    this.#maxWaiting = maxWaiting;
  }

  /** Number of requests so far that arrived before the response to the one before them was sent. */
  get pipelined(): number {
    return this.#pipelined;
  }

  readonly listener: http.RequestListener = (request, response) => {
    // Node assigns the connection to one response at a time.
    if (response.socket === null) this.#wait(request, response);
    else this.#serve(request, response);
  };

  #wait(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request;
    this.#pipelined += 1;
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
      process.nextTick(() => {
        this.#serve(request, response);
        // Node reads on after each request.
        process.nextTick(this.#pause, socket);
      });
    });
    if (this.#total > this.#maxWaiting) this.#closeLongest();
  }

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
