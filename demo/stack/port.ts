import { once } from 'node:events';
import { createServer } from 'node:net';

/** Says why the service cannot listen on a port; undefined if it can. */
export async function portProblem(port: number): Promise<string | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  const reason = await once(server, 'listening').then(
    () => undefined,
    (error) => (String(error).includes('EADDRINUSE') ? 'is in use' : `cannot be used (${error})`),
  );
  server.close();
  if (reason === undefined) return undefined;
  return `Port ${port} ${reason}. Choose another one with --port, or --port 0 for any free one.`;
}
