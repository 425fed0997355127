import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { RequestsInTurn } from '../../../service/http/server/limits/requests-in-turn.ts';
import { SlicedReading } from '../../../service/http/server/limits/sliced-reading.ts';
import { closeConnections, connect, requestText } from '../../support/raw-http.ts';

const servers: http.Server[] = [];
let parsed = 0;
const countParsed = () => {
  parsed += 1;
};
afterEach(() => {
  diagnostics.unsubscribe('http.server.request.start', countParsed);
  closeConnections();
  for (const server of servers.splice(0)) server.close();
});

/** A server that counts the requests that it parses. */
async function listen(serve: http.RequestListener): Promise<number> {
  const inTurn = new RequestsInTurn(serve);
  const server = http.createServer(inTurn.listener).on('connection', inTurn.add);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parsed = 0;
  diagnostics.subscribe('http.server.request.start', countParsed);
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const flood = requestText('GET', '/flood').repeat(1_400);
const echo: http.RequestListener = async (request, response) => {
  const body = (await request.toArray()).join('');
  response.end(`${request.url} ${body}`);
};

/** A server on which a connection has misused pipelining. */
async function listenWhileCautious(serve = echo): Promise<number> {
  const port = await listen(serve);
  const first = await connect(port);
  first.send(flood);
  while (parsed < 1_400) await delay(5);
  first.destroy();
  return port;
}

describe('SlicedReading', () => {
  it('parses few requests of a connection that pipelines many, and serves none', async () => {
    const served: (string | undefined)[] = [];
    const port = await listenWhileCautious((request, response) => {
      served.push(request.url);
      response.end();
    });
    served.length = 0;
    parsed = 0;
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect(port)));
    for (const { send } of connections) send(flood.replaceAll('/flood', '/again'));
    await Promise.all(connections.map(({ closed }) => closed));
    expect(parsed).toBeLessThan(20 * 81);
    expect(served).not.toContain('/again');
  });

  it('begins with connections that were open before too', async () => {
    const port = await listen(echo);
    const open = await Promise.all(Array.from({ length: 20 }, () => connect(port)));
    for (const { send, answer } of open) {
      send(requestText('GET', '/'));
      expect(await answer()).toMatchObject({ status: 200 });
    }
    for (const { send } of open) send(flood);
    await Promise.all(open.slice(1).map(({ closed }) => closed));
    expect(parsed).toBeLessThan(20 + 1_400 + 20 * 81);
  });

  it('serves other connections as before: pipelined requests, in their order, bodies included', async () => {
    const { answer, send } = await connect(await listenWhileCautious());
    const bodies = Array.from({ length: 50 }, (_, n) => `${n}`.repeat(n % 10 === 0 ? 50_000 : 500));
    send(bodies.map((body, n) => requestText('POST', `/${n}`, { body })).join(''));
    for (const [n, body] of bodies.entries()) expect((await answer()).body).toBe(`/${n} ${body}`);
    send(requestText('GET', '/last'));
    expect((await answer()).body).toBe('/last ');
  });

  it('goes on after responses that were read late', async () => {
    const large = 'x'.repeat(5_000_000);
    const port = await listenWhileCautious((request, response) => {
      response.end(request.url === '/large' ? large : request.url);
    });
    const client = net.connect({ port, host: '127.0.0.1' });
    await once(client, 'connect');
    let received = 0;
    // The targets are long, so that there are several slices.
    const texts = ['/large', `/${'y'.repeat(3_000)}`, '/large'].map((target) =>
      requestText('GET', target),
    );
    client.pause().write(texts.join('').repeat(3));
    await delay(200);
    client.on('data', ({ length }) => {
      received += length;
    });
    client.resume();
    while (received < 6 * large.length + 3 * 3_001) await delay(10);
    await delay(50);
    expect(received).toBeLessThan(6 * large.length + 3 * 3_001 + 9 * 200);
    client.destroy();
  });

  it('serves a client that ends its side after the request', async () => {
    const port = await listenWhileCautious();
    for (const server of servers) Object.assign(server, { httpAllowHalfOpen: true });
    const { answer, closed, end, send } = await connect(port);
    send(requestText('POST', '/half', { body: 'a'.repeat(10_000) }));
    end();
    expect((await answer()).body).toHaveLength(10_006);
    await closed;
  });

  it('reads new connections without slices after a minute', () => {
    let nowMs = 0;
    const reading = new SlicedReading(
      () => 0,
      () => nowMs,
    );
    const isSliced = () => {
      const socket = new net.Socket();
      reading.add(socket);
      return reading.isSliced(socket);
    };
    expect(isSliced()).toBe(false);
    reading.begin();
    nowMs += 59_999;
    expect(isSliced()).toBe(true);
    nowMs += 1;
    expect(isSliced()).toBe(false);
  });
});
