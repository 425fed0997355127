import { connect } from 'node:net';
import { connectionResult } from './connection-error.ts';
import { ok, type Probe } from './probe.ts';

/** A server that accepts a TCP connection. */
export function createTcpProbe({ host, port }: { host: string; port: number }): Probe {
  return (signal) =>
    new Promise((resolve) => {
      // The port of another program's file may be invalid: `connect` throws, and the promise rejects.
      const socket = connect({ host, port });
      const end = () => socket.destroy();
      signal.addEventListener('abort', end, { once: true });
      socket.once('connect', () => {
        resolve(ok);
        socket.destroy();
      });
      socket.once('error', (error) => resolve(connectionResult(error)));
      socket.once('close', () => signal.removeEventListener('abort', end));
    });
}
