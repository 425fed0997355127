import type { Socket } from 'node:net';

/** Connections that begin in one turn of the event loop, at most and at least. */
const perTurn = { max: 8, min: 1 };
/** Pipelined requests in a turn, some milliseconds of work, beyond which fewer connections begin. */
const manyPipelined = 200;

/**
 * Reads from new connections a few at a time. Node parses all that it has read of a connection
 * without a pause, up to 2,000 requests, and many connections at once would keep the service from
 * all others.
 */
export class NewConnections {
  readonly #waiting: Socket[] = [];
  readonly #pipelined: () => number;
  #perTurn = perTurn.max;
  #pipelinedBefore = 0;
  #isScheduled = false;

  /** `pipelined` returns the number of pipelined requests so far. */
  constructor(pipelined: () => number) {
    this.#pipelined = pipelined;
  }

  readonly add = (socket: Socket): void => {
    // Node itself begins to read as soon as this function has returned.
    process.nextTick(() => socket.pause());
    this.#waiting.push(socket);
    if (!this.#isScheduled) setImmediate(this.#begin);
    this.#isScheduled = true;
  };

  readonly #begin = (): void => {
    const pipelined = this.#pipelined();
    const isMany = pipelined - this.#pipelinedBefore > manyPipelined;
    this.#pipelinedBefore = pipelined;
    this.#perTurn = isMany
      ? Math.max(perTurn.min, this.#perTurn / 4)
      : Math.min(perTurn.max, this.#perTurn * 2);
    for (const socket of this.#waiting.splice(0, this.#perTurn)) socket.resume();
    this.#isScheduled = this.#waiting.length > 0;
    if (this.#isScheduled) setImmediate(this.#begin);
  };
}
