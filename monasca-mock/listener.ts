import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Listener = {
  /** The real port, also if the requested port was 0. */
  port: number;
  /** Closes the port and all connections, and opens the port again after `ms`. */
  refuse(ms: number): void;
  close(): Promise<void>;
};

/** Listens, or rejects with the error of the system (`EADDRINUSE`, …). */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  host: string,
  wantedPort: number,
): Promise<Listener> {
  const server = createServer(handle);
  // Longer than clients keep idle connections, so that the mock never closes one first.
  server.keepAliveTimeout = 120_000;
  const open = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  const shut = async () => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };

  await open(wantedPort);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : wantedPort;
  let reopening: NodeJS.Timeout | undefined;

  return {
    port,
    refuse(ms) {
      clearTimeout(reopening);
      void shut();
      reopening = setTimeout(() => {
        open(port).catch((error) => {
          process.stderr.write(`mock: cannot open port ${port} again: ${String(error)}\n`);
        });
      }, ms);
    },
    close() {
      clearTimeout(reopening);
      return shut();
    },
  };
}
