import { connect as connectSocket } from 'node:net';
import { type HttpResponse, parseResponse } from './response.ts';

/** One keep-alive connection that carries one request at a time. */
export type Connection = {
  send(bytes: Buffer): void;
  close(): void;
};

/**
 * Resolves when connected, and rejects if that fails. Calls `onFailure` if the connection ends later,
 * before `close()`.
 */
export function connect(
  port: number,
  onResponse: (response: HttpResponse) => void,
  onFailure: (error: Error) => void,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let closed = false;
    let connected = false;
    let pending = '';
    const inbox = Buffer.alloc(16 * 1024);

    const fail = (error: Error) => {
      if (closed) return;
      closed = true;
      socket.destroy();
      if (connected) onFailure(error);
      else reject(error);
    };
    const receive = (text: string) => {
      const response = parseResponse(pending + text);
      pending = response ? '' : pending + text;
      if (response) onResponse(response);
    };

    // `onread` saves a Buffer and a stream event for each response.
    const socket = connectSocket({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: inbox,
        callback(length) {
          try {
            receive(inbox.toString('latin1', 0, length));
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
      },
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed a connection in use')));
    socket.on('connect', () => {
      connected = true;
      resolve({
        send: (bytes) => void socket.write(bytes),
        close() {
          closed = true;
          socket.destroy();
        },
      });
    });
  });
}
