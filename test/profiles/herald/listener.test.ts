import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { heraldSection } from '../../../service/config/sections/records/herald.ts';
import { type Progress, receiveRecords } from '../../../service/profiles/herald/connection.ts';
import { RecordServer } from '../../../service/profiles/herald/listener.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { until } from '../../support/until.ts';

const line = '{"message":"one"}\n';
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A server whose store takes as long as the test wants. */
async function listen(settings: object = {}) {
  const stored: string[] = [];
  const waiting: (() => void)[] = [];
  const intake = {
    maxRecordBytes: 10_000,
    now: () => 0,
    identify: () => ({ name: 'a', version: '1', instance: 'i' }),
    append: (records: readonly { message: string }[]) =>
      new Promise<void>((resolve) =>
        waiting.push(() => {
          stored.push(...records.map(({ message }) => message));
          resolve();
        }),
      ),
    refused: () => undefined,
  };
  const { log, lines } = createRecordedLog();
  const config = heraldSection.parse({ enabled: true, port: 0, ...settings });
  const server = new RecordServer(config, log, (socket: Socket, address, progress: Progress) =>
    receiveRecords(socket.iterator({ destroyOnReturn: false }), address, intake, progress),
  );
  const port = await server.listen();
  return { server, port, stored, waiting, lines };
}

/** How a connection ends for its client. */
function client(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.resume();
  const ending = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : 'error'));
  });
  return { socket, ending };
}

describe('RecordServer', () => {
  it('ends a connection when its records are stored, and not before', async () => {
    const { server, port, stored, waiting } = await listen();
    const { socket, ending } = client(port);
    let hasEnded = false;
    void ending.then(() => {
      hasEnded = true;
    });
    socket.end(line);
    await until(() => waiting.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect({ hasEnded, stored }).toEqual({ hasEnded: false, stored: [] });
    waiting[0]?.();
    expect(await ending).toBe('end');
    expect(stored).toEqual(['one']);
    await server.close();
  });

  it('resets a connection that it does not read to its end when it stops', async () => {
    const { server, port, stored, waiting } = await listen();
    const idle = client(port);
    await once(idle.socket, 'connect');
    const storing = client(port);
    storing.socket.write(line);
    await until(() => waiting.length === 1 && server.open === 2);
    const closed = server.close();
    expect(await idle.ending).toBe('ECONNRESET');
    waiting[0]?.();
    expect(await storing.ending).toBe('ECONNRESET');
    await closed;
    expect(stored).toEqual(['one']);
  });

  it('refuses addresses that are not allowed, and connections beyond the maximum', async () => {
    const elsewhere = await listen({ allow: ['10.0.0.0/8', '::2'] });
    expect(await client(elsewhere.port).ending).toBe('end');
    expect(elsewhere.lines).toMatchObject([{ level: 'warn', address: '127.0.0.1' }]);
    await elsewhere.server.close();
    const { server, port } = await listen({ maxConnections: 1, allow: ['127.0.0.1'] });
    const first = client(port);
    await until(() => server.open === 1);
    expect(await client(port).ending).toBe('end');
    expect(server.open).toBe(1);
    first.socket.destroy();
    await server.close();
  });
});
