import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Problem } from '../../../contract/problem.ts';

type OpenResponse = {
  readonly response: ServerResponse;
  /** Bytes that the kernel had taken of the connection when it last took some. */
  takenBytes: number;
  takenAtMs: number;
};

type OpenResponsesOptions = {
  /** Maximum of bytes that wait for their clients, in all responses together. */
  readonly maxUnsentBytes?: number;
  /** Time after which a client that reads nothing is disconnected if the maximum is reached. */
  readonly stalledMs?: number;
  readonly nowMs?: () => number;
};

const mebibyte = 1_048_576;

/** Responses of the API that are not yet sent, and the bytes of them that wait for their clients. */
export class OpenResponses {
  readonly #open = new Map<Socket, OpenResponse>();
  readonly #maxUnsentBytes: number;
  readonly #stalledMs: number;
  readonly #nowMs: () => number;

  constructor({
    maxUnsentBytes = 64 * mebibyte,
    stalledMs = 2_000,
    nowMs = () => performance.now(),
  }: OpenResponsesOptions = {}) {
    this.#maxUnsentBytes = maxUnsentBytes;
    this.#stalledMs = stalledMs;
    this.#nowMs = nowMs;
  }

  /** Adds a response until it closes; returns a problem if too many bytes wait. */
  add(response: ServerResponse): Problem | undefined {
    const { socket } = response;
    // The client has left.
    if (!socket) return undefined;
    if (this.#unsentBytes() > this.#maxUnsentBytes) {
      this.#disconnectStalled();
      if (this.#unsentBytes() > this.#maxUnsentBytes) return tooManyUnsent;
    }
    const added = { response, takenBytes: takenBytes(socket), takenAtMs: this.#nowMs() };
    this.#open.set(socket, added);
    response.once('close', () => {
      if (this.#open.get(socket) === added) this.#open.delete(socket);
    });
    return undefined;
  }

  /** Returns the connections on which a response is not yet sent. */
  connections(): MapIterator<Socket> {
    return this.#open.keys();
  }

  #unsentBytes(): number {
    let sum = 0;
    for (const { response } of this.#open.values()) sum += response.writableLength;
    return sum;
  }

  /** Runs only while the maximum is reached: a client is stalled if it read nothing since long. */
  #disconnectStalled(): void {
    const nowMs = this.#nowMs();
    for (const [socket, open] of this.#open) {
      const taken = takenBytes(socket);
      if (taken > open.takenBytes) {
        open.takenBytes = taken;
        open.takenAtMs = nowMs;
      } else if (open.response.writableLength > 0 && nowMs - open.takenAtMs >= this.#stalledMs) {
        socket.destroy();
        this.#open.delete(socket);
      }
    }
  }
}

const takenBytes = (socket: Socket): number => socket.bytesWritten - socket.writableLength;

const tooManyUnsent: Problem = {
  code: 'overloaded',
  detail: 'Too many responses wait for clients that do not read them.',
  retryAfterSeconds: 5,
};
