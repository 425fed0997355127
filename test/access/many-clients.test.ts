import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openSockets } from '../support/open-sockets.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { bearer, entryOf, makeToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const fleet = makeToken('fleet', { scopes: ['ingest'] });
const beat = '{"name":"Orion","version":"1","instance":"c1"}';
const post = requestText('POST', '/api/v1/heartbeats', { headers: bearer(fleet), body: beat });
const settings = { HEARTBEAT_AUTH_TOKENS: JSON.stringify([entryOf(fleet)]) };

let service: SpawnedService | undefined;
const sockets: net.Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await service?.stop();
  service = undefined;
});

async function connections(port: number, count: number): Promise<net.Socket[]> {
  const opened = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = net.connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }),
  );
  return opened;
}

/** How long a heartbeat takes that comes in between; generous, for a machine that has much to do. */
async function beatMs(port: number): Promise<number> {
  const startMs = performance.now();
  expect(await exchange(port, post)).toMatchObject({ status: 202 });
  return performance.now() - startMs;
}

describe('many clients', () => {
  it('with 1,000 idle connections and slow requests do not affect the service', async () => {
    service = await spawnService({ ...settings, HEARTBEAT_HTTP_HEADERS_TIMEOUT_SECONDS: '3' });
    const { port, pid } = service;
    const atRest = openSockets(pid);
    await connections(port, 1_000);
    const slow = await connections(port, 200);
    let isOver = false;
    // As slow-loris does: a header line now and then, and never the last.
    const dripping = (async () => {
      for (const socket of slow) socket.write('POST /api/v1/heartbeats HTTP/1.1\r\nHost: x\r\n');
      while (!isOver) {
        for (const socket of slow) if (socket.writable) socket.write('X-A: b\r\n');
        await delay(200);
      }
    })();

    await until(() => openSockets(pid) >= atRest + 1_200);
    for (let n = 0; n < 20; n++) expect(await beatMs(port)).toBeLessThan(2_000);
    // None of them stays open beyond the time for headers.
    await until(() => openSockets(pid) <= atRest);
    isOver = true;
    await dripping;
    expect(await beatMs(port)).toBeLessThan(2_000);
  }, 60_000);

  it('beyond the limit are rejected, until there is room again', async () => {
    service = await spawnService({ ...settings, HEARTBEAT_HTTP_LIMITS_MAX_CONNECTIONS: '20' });
    const { port, pid } = service;
    const atRest = openSockets(pid);
    const crowd = await connections(port, 100);
    const closed = () => crowd.filter((socket) => socket.destroyed || socket.readableEnded).length;
    for (const socket of crowd) socket.resume();
    await until(() => closed() >= 80);
    // Rejected connections were open for a moment.
    await until(() => openSockets(pid) <= atRest + 20);
    for (const socket of crowd) socket.destroy();
    await until(() => openSockets(pid) <= atRest);
    expect(await exchange(port, post)).toMatchObject({ status: 202 });
  }, 60_000);

  it('with too many requests on one connection lose it, as announced', async () => {
    service = await spawnService({
      ...settings,
      HEARTBEAT_HTTP_LIMITS_MAX_REQUESTS_PER_CONNECTION: '3',
    });
    const [socket] = await connections(service.port, 1);
    if (!socket) throw new Error('no connection');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    const ended = once(socket, 'end');
    for (let n = 1; n <= 3; n++) {
      socket.write(post);
      await until(() => text.split('HTTP/1.1 202').length - 1 >= n);
    }
    await ended;
    expect(text.match(/connection: close/gi)).toHaveLength(1);
  });
});
