import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { RequestsInTurn } from '../../../service/http/server/limits/requests-in-turn.ts';
import { closeConnections, connect, requestText } from '../../support/raw-http.ts';

const servers: http.Server[] = [];
afterEach(() => {
  closeConnections();
  for (const server of servers.splice(0)) server.close();
});

async function listen(serve: http.RequestListener, maxWaiting?: number): Promise<number> {
  const server = http.createServer(new RequestsInTurn(serve, maxWaiting).listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe('RequestsInTurn', () => {
  it('serves one request of a connection at a time, in their order, bodies included', async () => {
    let running = 0;
    let most = 0;
    const port = await listen(async (request, response) => {
      most = Math.max(most, ++running);
      const body = (await request.toArray()).join('');
      response.end(`${request.url} ${body}`, () => running--);
    });
    const connection = await connect(port);
    const texts = Array.from({ length: 50 }, (_, n) =>
      requestText('POST', `/${n}`, { body: `${n}`.repeat(3_000) }),
    );
    connection.send(texts.join(''));
    for (let n = 0; n < 50; n++) {
      expect((await connection.answer()).body).toBe(`/${n} ${`${n}`.repeat(3_000)}`);
    }
    expect(most).toBe(1);
  });

  it('reads on after pipelined requests', async () => {
    const port = await listen((request, response) => response.end(request.url));
    const connection = await connect(port);
    for (let round = 0; round < 3; round++) {
      connection.send(requestText('GET', '/a').repeat(3));
      for (let n = 0; n < 3; n++) expect((await connection.answer()).body).toBe('/a');
    }
  });

  it('closes the connection with the most waiting requests beyond the maximum', async () => {
    const held: http.ServerResponse[] = [];
    const port = await listen((_, response) => held.push(response), 100);
    const modest = await connect(port);
    modest.send(requestText('GET', '/').repeat(11));
    while (held.length < 1) await new Promise(setImmediate);
    const greedy = await connect(port);
    greedy.send(requestText('GET', '/').repeat(500));
    await greedy.closed;
    let answered = 0;
    while (answered < 11) {
      for (const response of held.splice(0)) response.end('ok');
      if (modest.isClosed()) break;
      expect(await modest.answer()).toMatchObject({ status: 200 });
      answered++;
      while (held.length === 0 && answered < 11) await new Promise(setImmediate);
    }
    expect(answered).toBe(11);
  });

  it('keeps the maximum after connections were closed with waiting requests', async () => {
    let served = 0;
    const port = await listen((_, response) => {
      served += 1;
      setTimeout(() => response.end('ok'), 1);
    }, 100);
    for (let n = 0; n < 5; n++) {
      const connection = await connect(port);
      connection.send(requestText('GET', '/').repeat(300));
      await connection.closed;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(served).toBeLessThan(100);
    const last = await connect(port);
    last.send(requestText('GET', '/').repeat(300));
    await last.closed;
  });

  it('serves nothing of a connection that was closed', async () => {
    const held: http.ServerResponse[] = [];
    const port = await listen((_, response) => held.push(response));
    const connection = await connect(port);
    connection.send(requestText('GET', '/').repeat(10));
    while (held.length < 1) await new Promise(setImmediate);
    held[0]?.socket?.destroy();
    await connection.closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held).toHaveLength(1);
  });

  it('does not read on while requests wait', async () => {
    let parsed = 0;
    let served = 0;
    let most = 0;
    const count = () => {
      parsed += 1;
      most = Math.max(most, parsed - served);
    };
    diagnostics.subscribe('http.server.request.start', count);
    const port = await listen(async (request, response) => {
      await request.toArray();
      await delay(1);
      served += 1;
      response.end('ok');
    });
    const connection = await connect(port);
    connection.send(requestText('POST', '/', { body: 'x'.repeat(3_000) }).repeat(200));
    for (let n = 0; n < 200; n++) expect(await connection.answer()).toMatchObject({ status: 200 });
    diagnostics.unsubscribe('http.server.request.start', count);
    // 64 KiB is read at once.
    expect(most).toBeLessThan(25);
  });

  it('serves one pipelined request in each turn of the event loop', async () => {
    let isOver = false;
    let turn = 0;
    const countTurn = () => {
      turn += 1;
      if (!isOver) setImmediate(countTurn);
    };
    setImmediate(countTurn);
    const turns: number[] = [];
    const port = await listen((request, response) => {
      if (request.url === '/pipelined') turns.push(turn);
      response.end('ok');
    });
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect(port)));
    const text = requestText('GET', '/') + requestText('GET', '/pipelined').repeat(3);
    for (const { send } of connections) send(text);
    for (const { answer } of connections) {
      for (let n = 0; n < 4; n++) expect(await answer()).toMatchObject({ status: 200 });
    }
    isOver = true;
    expect(turns).toHaveLength(60);
    expect(new Set(turns).size).toBe(60);
  });

  it('closes a connection on which more than 1,000 requests wait', async () => {
    const held: http.ServerResponse[] = [];
    const port = await listen((_, response) => held.push(response));
    const [small, large] = [await connect(port), await connect(port)];
    large.send(requestText('POST', '/', { body: 'x'.repeat(100) }).repeat(1_400));
    small.send(requestText('GET', '/').repeat(1_400));
    await small.closed;
    await delay(50);
    expect(large.isClosed()).toBe(false);
  });

  it('closes connections with few waiting requests if there are too many of them', async () => {
    const held: http.ServerResponse[] = [];
    const port = await listen((_, response) => held.push(response), 1_000);
    const connections = await Promise.all(Array.from({ length: 60 }, () => connect(port)));
    for (const { send } of connections) send(requestText('GET', '/').repeat(2));
    while (held.length < 60) await new Promise(setImmediate);
    await delay(50);
    const open = connections.filter(({ isClosed }) => !isClosed());
    // A waiting request, and 64 KiB that can be read at once, count as 26.
    expect(open.length).toBeGreaterThan(30);
    expect(open.length).toBeLessThanOrEqual(1_000 / 26);
  });
});
