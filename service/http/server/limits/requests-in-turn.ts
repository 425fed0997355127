import type http from 'node:http';
import type { Socket } from 'node:net';
import { createSlicer } from '../../../runtime/concurrency/slicer.ts';
import { SlicedReading } from './sliced-reading.ts';

/** Maximum of requests that wait, on all connections together: about 60 MB. */
const usualMaxWaiting = 25_000;

/** A connection on which requests wait counts as that many more: Node reads 64 KiB at once. */
const weightOfConnection = 25;

/** Waiting requests of a connection beyond which reading in slices begins. */
const maxUnsliced = 100;

/** Waiting requests of a connection beyond which it is closed: 64 KiB contain fewer heartbeats. */
const maxOfConnection = 1_000;

/**
 * Serves one request of a connection at a time: a pipelined request waits until the response before
 * it is handed to the kernel. Meanwhile the connection is not read from, so a client that reads no
 * responses costs one response and the requests that had already arrived. A connection on which too
 * many requests wait is closed; if too many wait in all, the one with the most.
 */
export class RequestsInTurn {
  readonly #waiting = new Map<Socket, number>();
  readonly #serve: http.RequestListener;
  readonly #maxWaiting: number;
  readonly #reading = new SlicedReading((socket) => this.#waiting.get(socket) ?? 0);
  /** Of all pipelined requests one is served in each turn of the event loop. */
  readonly #slicer = createSlicer();
  #total = 0;

  constructor(serve: http.RequestListener, maxWaiting = usualMaxWaiting) {
    this.#serve = serve;
    this.#maxWaiting = maxWaiting;
  }

  /** To be called with each new connection. */
  readonly add = (socket: Socket): void => this.#reading.add(socket);

  readonly listener: http.RequestListener = (request, response) => {
    // Node assigns the connection to one response at a time.
    if (response.socket === null) this.#wait(request, response);
    else if (this.#reading.isSliced(request.socket))
      process.nextTick(this.#begin, request, response);
    else this.#serve(request, response);
  };

  /** Runs when the slice is parsed: with too many requests in it, the connection is closed by then. */
  readonly #begin = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (!request.socket.destroyed) this.#serve(request, response);
  };

  #wait(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request;
    // The parser finishes its chunk, also on a connection that was closed meanwhile.
    if (socket.destroyed) return;
    const waiting = (this.#waiting.get(socket) ?? 0) + 1;
    if (waiting === 1) {
      this.#total += weightOfConnection;
      socket.once('close', this.#forget).on('resume', pause).pause();
    }
    this.#waiting.set(socket, waiting);
    this.#total += 1;
    response.once('socket', () => {
      // Responses of a connection that was closed end too, one after the other.
      if (!this.#waiting.has(socket)) return;
      this.#leave(socket);
      void this.#slicer.run(() => this.#begin(request, response));
    });
    if (waiting > maxUnsliced) this.#reading.begin();
    if (waiting > maxOfConnection) this.#close(socket);
    else if (this.#total > this.#maxWaiting) this.#close(this.#longest());
  }

  #leave(socket: Socket): void {
    const left = (this.#waiting.get(socket) ?? 1) - 1;
    this.#total -= 1;
    if (left > 0) {
      this.#waiting.set(socket, left);
      return;
    }
    this.#waiting.delete(socket);
    this.#total -= weightOfConnection;
    socket.off('close', this.#forget).off('resume', pause);
    this.#reading.resume(socket);
  }

  readonly #forget = (): void => {
    for (const [socket, count] of this.#waiting) {
      if (!socket.destroyed) continue;
      this.#waiting.delete(socket);
      this.#total -= count + weightOfConnection;
    }
  };

  #longest(): Socket | undefined {
    let longest: Socket | undefined;
    let most = 0;
    for (const [socket, count] of this.#waiting)
      if (count > most) [longest, most] = [socket, count];
    return longest;
  }

  #close(socket: Socket | undefined): void {
    socket?.destroy();
    this.#forget();
  }
}

/** Listener for `resume`: Node reads on after each request. */
function pause(this: Socket): void {
  this.pause();
}
