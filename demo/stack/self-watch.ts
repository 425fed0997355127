import { once } from 'node:events';
import { createServer } from 'node:http';

/** The other monitor: the service asks for it after each look for silence, so that it is watched. */
export type SelfWatch = {
  readonly url: string;
  readonly pings: number;
  /** When the last one came; undefined before the first. */
  readonly lastAtMs: number | undefined;
  close(): void;
};

export async function startSelfWatch(): Promise<SelfWatch> {
  let pings = 0;
  let lastAtMs: number | undefined;
  const server = createServer((request, response) => {
    request.resume();
    pings += 1;
    lastAtMs = Date.now();
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    get pings() {
      return pings;
    },
    get lastAtMs() {
      return lastAtMs;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
