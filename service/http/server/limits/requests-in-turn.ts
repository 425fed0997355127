import type http from 'node:http';
import type { Socket } from 'node:net';

/** Maximum of requests that wait, on all connections together: about 50 MB. */
const usualMaxWaiting = 20_000;

/**
 * Serves one request of a connection at a time: a pipelined request waits until the response before
 * it is handed to the kernel. Meanwhile the connection is not read from, so a client that reads no
 * responses costs one response and the requests that had already arrived. If more than `maxWaiting`
 * requests wait, the connection with the most is closed.
 */
export function serveInTurn(
  serve: http.RequestListener,
  maxWaiting = usualMaxWaiting,
): http.RequestListener {
  const waiting = new Map<Socket, number>();
  let total = 0;

  function forget(this: Socket): void {
    total -= waiting.get(this) ?? 0;
    waiting.delete(this);
  }

  function closeLongest(): void {
    let longest: Socket | undefined;
    let most = 0;
    for (const [socket, count] of waiting) if (count > most) [longest, most] = [socket, count];
    longest?.destroy();
    if (longest) forget.call(longest);
  }

  function wait(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request;
    // The parser finishes its chunk, also on a connection that was closed meanwhile.
    if (socket.destroyed) return;
    const before = waiting.get(socket);
    if (before === undefined) {
      socket.pause();
      socket.once('close', forget);
    }
    waiting.set(socket, (before ?? 0) + 1);
    total += 1;
    // The connection is assigned to a response when the ones before it are sent.
    response.once('socket', () => {
      const left = (waiting.get(socket) ?? 1) - 1;
      total -= 1;
      if (left > 0) {
        waiting.set(socket, left);
      } else {
        waiting.delete(socket);
        socket.off('close', forget);
        socket.resume();
      }
      process.nextTick(serve, request, response);
    });
    if (total > maxWaiting) closeLongest();
  }

  return (request, response) => {
    if (response.socket === null) wait(request, response);
    else serve(request, response);
  };
}
