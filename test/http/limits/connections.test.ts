import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openSockets } from '../../support/open-sockets.ts';
import { requestText } from '../../support/raw-http.ts';
import { type SpawnedService, spawnService } from '../../support/service.ts';

const max = 20;
const alive = requestText('GET', '/health/live');

let service: SpawnedService | undefined;
const sockets: net.Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await service?.kill();
  service = undefined;
});

async function start(): Promise<{ port: number; pid: number }> {
  service = await spawnService({ HEARTBEAT_HTTP_LIMITS_MAX_CONNECTIONS: String(max) });
  return service;
}

async function open(port: number, localAddress: string): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Status of the response, or nothing if the connection was closed. */
function ask(socket: net.Socket): Promise<string> {
  return new Promise((resolve) => {
    const end = (status: string) => {
      socket.off('data', receive).off('close', close);
      resolve(status);
    };
    const receive = (data: Buffer | string) => end(String(data).slice(9, 12));
    const close = () => end('');
    socket.once('data', receive).once('close', close);
    socket.write(alive);
  });
}

async function openAll(port: number, pid: number): Promise<net.Socket[]> {
  const atRest = openSockets(pid);
  const all: net.Socket[] = [];
  for (let n = 0; n < max; n++) all.push(await open(port, '127.0.0.1'));
  while (openSockets(pid) < atRest + max) await delay(10);
  return all;
}

describe('Connections', () => {
  it('let another address in, although one holds all and uses them', async () => {
    const { port, pid } = await start();
    const all = await openAll(port, pid);
    let isOver = false;
    const hog = Promise.all(
      all.map(async (socket) => {
        while (!isOver && !socket.destroyed) {
          await ask(socket);
          await delay(50);
        }
      }),
    );
    await delay(1_500);
    const others = await Promise.all(
      Array.from({ length: 5 }, async () => ask(await open(port, '127.0.0.2'))),
    );
    isOver = true;
    await hog;
    expect(others).toEqual(['200', '200', '200', '200', '200']);
    expect(all.filter((socket) => socket.destroyed)).toHaveLength(5);
  });

  it('close the one that is idle for longest, not the newest', async () => {
    const { port, pid } = await start();
    const [first, ...others] = await openAll(port, pid);
    if (!first) throw new Error('no connection');
    await ask(first);
    // Idle times are exact to a second.
    await delay(2_500);
    for (const socket of others) expect(await ask(socket)).toBe('200');
    first.resume();
    expect(await ask(await open(port, '127.0.0.1'))).toBe('200');
    await delay(100);
    expect(first.destroyed).toBe(true);
    expect(others.filter((socket) => socket.destroyed)).toEqual([]);
  });

  it('close the new one if it belongs to the address that uses all others', async () => {
    const { port, pid } = await start();
    const all = await openAll(port, pid);
    for (const socket of all) expect(await ask(socket)).toBe('200');
    expect(await ask(await open(port, '127.0.0.1'))).toBe('');
    for (const socket of all) expect(await ask(socket)).toBe('200');
  });
});
