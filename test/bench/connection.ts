import { connect as connectSocket } from 'node:net';
import { type Answer, readAnswer } from './answer.ts';

/** One keep-alive connection that carries one request at a time. */
export type Connection = {
  send(bytes: Buffer): void;
  close(): void;
};

/** Resolves when connected. `onFailure` hears whatever ends the connection before `close()`. */
export function connect(
  port: number,
  onAnswer: (answer: Answer) => void,
  onFailure: (error: Error) => void,
): Promise<Connection> {
  return new Promise((resolve) => {
    let closed = false;
    let pending = '';
    const inbox = Buffer.alloc(16 * 1024);

    const fail = (error: Error) => {
      if (closed) return;
      closed = true;
      socket.destroy();
      onFailure(error);
    };
    const hear = (text: string) => {
      const answer = readAnswer(pending + text);
      pending = answer ? '' : pending + text;
      if (answer) onAnswer(answer);
    };

    // `onread` spares a Buffer and a stream event for each answer.
    const socket = connectSocket({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: inbox,
        callback(length) {
          try {
            hear(inbox.toString('latin1', 0, length));
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
      },
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed a connection in use')));
    socket.on('connect', () =>
      resolve({
        send: (bytes) => void socket.write(bytes),
        close() {
          closed = true;
          socket.destroy();
        },
      }),
    );
  });
}
