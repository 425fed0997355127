import { once } from 'node:events';
import { createServer } from 'node:net';

/** Says why the service cannot listen on a port; undefined if it can. */
export async function portProblem(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    const text = String(error);
    const reason = text.includes('EADDRINUSE') ? 'is in use' : `cannot be used (${text})`;
    return `Port ${port} ${reason}. Choose another one with --port, or --port 0 for any free one.`;
  } finally {
    server.close();
  }
}
