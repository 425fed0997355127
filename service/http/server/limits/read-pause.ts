import type { Socket } from 'node:net';

/** Time for which connections without any response are not read from. */
const newcomersMs = 50;

/**
 * Stops reading from all connections until the next turn of the event loop, and for a while from
 * connections that had no response yet. Node parses all requests that it has read of a connection without a pause,
 * up to 2,000, and then goes on with the next connection: without this, many connections that pipeline
 * keep the service from everything else, and their requests fill the memory before any of them can be
 * closed.
 */
export class ReadPause {
  readonly #open = new Set<Socket>();
  #paused: Socket[] = [];
  #newcomers: Socket[] = [];

  /** Adds a connection until it closes. */
  readonly add = (socket: Socket): void => {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  };

  begin(): void {
    if (this.#paused.length > 0) return;
    for (const socket of this.#open) {
      if (socket.isPaused() || socket.destroyed) continue;
      socket.pause();
      this.#paused.push(socket);
    }
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const paused = this.#paused;
    this.#paused = [];
    if (this.#newcomers.length === 0) setTimeout(this.#admit, newcomersMs);
    for (const socket of paused) {
      if (socket.bytesWritten > 0) socket.resume();
      else this.#newcomers.push(socket);
    }
  };

  /** The newest first: they are few, and the others may be many that pipeline. */
  readonly #admit = (): void => {
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    for (const socket of newcomers.reverse()) socket.resume();
  };
}
