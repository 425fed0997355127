import { once } from 'node:events';
import http from 'node:http';
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
});
