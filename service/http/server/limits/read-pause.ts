import type { Socket } from 'node:net';

/**
 * Stops reading from all connections until the next turn of the event loop. Node parses all requests
 * that it has read of a connection without a pause, up to 2,000, and then goes on with the next
 * connection: without this, many connections that pipeline keep the service from everything else,
 * and their requests fill the memory before any of them can be closed.
 */
export class ReadPause {
  readonly #open = new Set<Socket>();
  #paused: Socket[] = [];

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

  /** Connections that had a response before are read from first. */
  readonly #end = (): void => {
    const paused = this.#paused;
    this.#paused = [];
    for (const socket of paused) if (socket.bytesWritten > 0) socket.resume();
    for (const socket of paused) if (socket.isPaused()) socket.resume();
  };
}
