import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exchange, requestText } from '../../support/raw-http.ts';
import { type SpawnedService, spawnService } from '../../support/service.ts';

const rawRoute = '/api/v1/heartbeats';
const instances = Array.from({ length: 1_000 }, (_, n) => ({
  name: 'orion',
  version: '1.0',
  instance: `c${n}`.padEnd(200, 'x'),
}));

let service: SpawnedService;
const sockets: net.Socket[] = [];
beforeEach(async () => {
  service = await spawnService();
  const body = JSON.stringify(instances);
  const answer = await exchange(service.port, requestText('POST', rawRoute, { body }));
  expect(answer.status).toBe(202);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await service.kill();
});

/** A connection that reads nothing. */
async function deafConnection(): Promise<net.Socket> {
  const socket = net.connect(service.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {}).pause();
  await once(socket, 'connect');
  return socket;
}

async function heartbeatMs(): Promise<number> {
  const startedAtMs = performance.now();
  const body = JSON.stringify(instances[0]);
  const answer = await exchange(service.port, requestText('POST', rawRoute, { body }));
  expect(answer.status).toBe(202);
  return performance.now() - startedAtMs;
}

const residentMb = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1_024;

/** CPU time of all threads, of which the kernel counts hundredths of a second. */
function cpuMs(): number {
  const fields = readFileSync(`/proc/${service.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function expectResponsive(seconds: number): Promise<void> {
  let slowestMs = 0;
  let mostMb = 0;
  for (let n = 0; n < seconds * 5; n++) {
    slowestMs = Math.max(slowestMs, await heartbeatMs());
    mostMb = Math.max(mostMb, residentMb());
    await delay(200);
  }
  expect(slowestMs).toBeLessThan(10_000);
  expect(mostMb).toBeLessThan(600);
}

describe('clients that pipeline requests and read no response', () => {
  it.each(['/metrics', '/api/v1/instances?limit=1000'])(
    'delay no heartbeat and fill no memory: GET %s',
    async (target) => {
      const text = requestText('GET', target).repeat(1_400);
      for (let n = 0; n < 40; n++) (await deafConnection()).write(text);
      await expectResponsive(4);
    },
    90_000,
  );
});

describe('clients that pipeline again whenever they are disconnected', () => {
  it('cost less than four milliseconds for each connection', async () => {
    const text = requestText('GET', '/api/v1/instances?limit=1000').repeat(1_400);
    let closed = 0;
    const attack = () => {
      const socket = net.connect(service.port, '127.0.0.1', () => socket.write(text));
      sockets.push(socket);
      socket.on('error', () => {}).resume();
      socket.on('close', () => {
        if (++closed < 1_000) attack();
      });
    };
    for (let n = 0; n < 30; n++) attack();
    while (closed < 100) await delay(20);
    const before = { closed, cpuMs: cpuMs() };
    while (closed < 1_000) await delay(20);
    expect((cpuMs() - before.cpuMs) / (closed - before.closed)).toBeLessThan(4);
    await expectResponsive(1);
  }, 90_000);
});

describe('bodies that are not sent to their end', () => {
  it('fill no memory: the slowest gets 408', async () => {
    const head = requestText('POST', rawRoute, { headers: { 'content-length': '1000000' } });
    const part = Buffer.alloc(900_000, ' ');
    const statuses: string[] = [];
    for (let n = 0; n < 600; n++) {
      const socket = await deafConnection();
      socket.once('data', (data) => statuses.push(String(data).slice(9, 12))).resume();
      socket.write(head);
      await new Promise((resolve) => socket.write(part, resolve));
    }
    await expectResponsive(1);
    expect(statuses.length).toBeGreaterThan(400);
    expect(new Set(statuses)).toEqual(new Set(['408']));
  }, 90_000);
});
