import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openSockets } from '../support/open-sockets.ts';
import { closeConnections, connect, exchange, requestText } from '../support/raw-http.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { until } from '../support/until.ts';

const rawRoute = '/api/v1/heartbeats';
const heartbeat = '{"name":"orion","version":"1.0","instance":"c1"}';

let service: SpawnedService;
let socketsAtRest = 0;
beforeAll(async () => {
  service = await spawnService({
    HEARTBEAT_HTTP_HEADERS_TIMEOUT_SECONDS: '1',
    HEARTBEAT_HTTP_REQUEST_TIMEOUT_SECONDS: '1',
    HEARTBEAT_HTTP_KEEP_ALIVE_TIMEOUT_SECONDS: '1',
    HEARTBEAT_STOP_DRAIN_SECONDS: '1',
  });
  socketsAtRest = openSockets(service.pid);
});
afterEach(closeConnections);
afterAll(() => service.stop());

/** Sends a character every few milliseconds, until the end or `isOver`. */
async function drip(send: (text: string) => void, text: string, isOver: () => boolean) {
  for (const character of text) {
    if (isOver()) return;
    send(character);
    await delay(50);
  }
}

const timedOut = {
  status: 408,
  headers: { connection: 'close', 'content-type': 'application/problem+json' },
  body: expect.stringContaining('"code":"request-timeout"'),
};

describe('the time limits of requests', () => {
  it('end a connection without a request', async () => {
    const connection = await connect(service.port);
    expect(await connection.answer()).toMatchObject(timedOut);
    await connection.closed;
  });

  it('end a request whose headers arrive a character at a time', async () => {
    const connection = await connect(service.port);
    const text = requestText('POST', rawRoute, {
      headers: { x: 'y'.repeat(1_000) },
      body: heartbeat,
    });
    const dripping = drip(connection.send, text, connection.isClosed);
    expect(await connection.answer()).toMatchObject(timedOut);
    await connection.closed;
    await dripping;
  });

  it('end a request whose body arrives a character at a time, and keep nothing of it', async () => {
    const connection = await connect(service.port);
    connection.send(requestText('POST', rawRoute, { headers: { 'content-length': '2000' } }));
    const dripping = drip(connection.send, heartbeat.padEnd(2_000), connection.isClosed);
    expect(await connection.answer()).toMatchObject(timedOut);
    await connection.closed;
    await dripping;
    expect(await metric('heartbeat_received_total{profile="native"}')).toBe(0);
  });

  it('end a request without its body, on every route', async () => {
    const answers = [rawRoute, '/beat', '/status'].map(async (path) => {
      const connection = await connect(service.port);
      connection.send(requestText('POST', path, { headers: { 'content-length': '10' } }));
      return connection.answer();
    });
    expect(await Promise.all(answers)).toMatchObject([timedOut, timedOut, timedOut]);
  });

  it('end an idle connection', async () => {
    const connection = await connect(service.port);
    connection.send(requestText('GET', '/health/live'));
    await connection.answer();
    await connection.closed;
  });

  it('keep no connection of clients that stay after the response', async () => {
    const staying = await Promise.all(Array.from({ length: 20 }, () => connect(service.port)));
    for (const connection of staying) connection.send('nonsense\r\n\r\n');
    for (const connection of staying) await connection.answer();
    await untilConnections(0);
  });

  it('end connections whose client never reads', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 2 }, async () => {
        const socket = net.connect(service.port, '127.0.0.1');
        await once(socket, 'connect');
        socket.on('error', () => {}).pause();
        socket.write(requestText('GET', '/metrics').repeat(600));
        return socket;
      }),
    );
    await untilConnections(2);
    await untilConnections(0);
    for (const socket of sockets) socket.destroy();
    // Two timeouts of six seconds, after all the answers that the kernel holds back.
  }, 120_000);

  it('do not affect other clients', async () => {
    const body = heartbeat;
    const answer = await exchange(service.port, requestText('POST', rawRoute, { body }));
    expect(answer).toMatchObject({ status: 202 });
    expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

async function metric(name: string): Promise<number> {
  const { body } = await exchange(
    service.port,
    requestText('GET', '/metrics', { headers: { connection: 'close' } }),
  );
  const line = body.split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Waits for the service to have so many connections open. */
const untilConnections = (count: number): Promise<void> =>
  until(() => openSockets(service.pid) - socketsAtRest === count);
