import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Listener = {
  /** The real port, also where 0 was asked for. */
  port: number;
  /** Closes the port and all connections, and opens it again after `ms`. */
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
  // Longer than any client keeps an idle connection, so that it is never us who close first.
  server.keepAliveTimeout = 120_000;
  const open = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await open(wantedPort);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : wantedPort;
  let reopening: NodeJS.Timeout | undefined;

  return {
    port,
    refuse(ms) {
      clearTimeout(reopening);
      if (server.listening) void shut();
      reopening = setTimeout(() => {
        open(port).catch((error) => {
          process.stderr.write(`mock: cannot open port ${port} again: ${String(error)}\n`);
        });
      }, ms);
    },
    async close() {
      clearTimeout(reopening);
      if (server.listening) await shut();
    },
  };
}
