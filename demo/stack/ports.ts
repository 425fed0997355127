import { once } from 'node:events';
import { createServer } from 'node:net';

export type Ports = {
  readonly service: number;
  readonly keystone: number;
  readonly monasca: number;
};

const owners = [
  ['service', 'the service', '--service-port'],
  ['keystone', 'Keystone', '--keystone-port'],
  ['monasca', 'Monasca', '--monasca-port'],
] as const;

/** A sentence for each port that cannot be had, with the option that chooses another. */
export async function portProblems(ports: Ports): Promise<string[]> {
  const problems: string[] = [];
  const taken = new Map<number, string>();
  for (const [key, owner, option] of owners) {
    const port = ports[key];
    const first = taken.get(port);
    const reason = first === undefined ? await whyNot(port) : `is already meant for ${first}`;
    if (reason !== undefined) {
      problems.push(`Port ${port} ${reason}; choose another one for ${owner} with ${option}.`);
    }
    if (port !== 0) taken.set(port, owner);
  }
  return problems;
}

/** Why nobody can listen on a port; undefined where one can, or could a moment ago. */
async function whyNot(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    const text = String(error);
    if (text.includes('EADDRINUSE')) return 'is in use';
    if (text.includes('EACCES')) return 'may be used by the administrator only';
    return `cannot be used (${text})`;
  } finally {
    server.close();
  }
}
