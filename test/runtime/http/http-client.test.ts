import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../../service/runtime/http/http-client.ts';
import { freePort, portOf, startTestServer, unfinished } from '../../support/test-server.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function client(options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({ timeoutMs: 5_000, ...options });
  cleanups.push(() => made.close());
  return made;
}

async function testServer() {
  const made = await startTestServer();
  cleanups.push(() => made.stop());
  return made;
}

/** A TCP server; what it does with each connection is the test's. */
async function tcpServer(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server)}/`;
}

const post = (url: string, body = '[]') => ({ method: 'POST', url, body }) as const;
const read = (url: string) => ({ method: 'GET', url, needsBody: true }) as const;

describe('createHttpClient', () => {
  it('gives an answer of any status as it is', async () => {
    const server = await testServer();
    server.react({ status: 418, headers: { 'x-kind': 'teapot' }, body: 'short and stout: ü' });
    expect(await client().request(post(`${server.url}/x`))).toMatchObject({
      kind: 'response',
      status: 418,
      headers: { 'x-kind': 'teapot' },
      body: 'short and stout: ü',
    });
  });

  it('sends the method, headers and body that it is given, and no content type of its own', async () => {
    const server = await testServer();
    const headers = { 'content-type': 'application/json', 'x-auth-token': 'abc' };
    await client().request({
      method: 'POST',
      url: `${server.url}/v2.0/metrics`,
      headers,
      body: '[1]',
    });
    await client().request(post(server.url));
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/v2.0/metrics',
      body: '[1]',
      headers: { ...headers, 'user-agent': 'ge-heartbeat' },
    });
    expect(server.received[1]?.headers['content-type']).toBeUndefined();
  });

  it('uses a connection again', async () => {
    const ports = new Set<number | undefined>();
    const url = await tcpServer((socket) => {
      ports.add(socket.remotePort);
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    const http = client();
    for (let n = 0; n < 5; n++)
      expect(await http.request(post(url))).toMatchObject({ status: 204 });
    expect(ports.size).toBe(1);
  });

  it('follows no redirect and sends only one request', async () => {
    const server = await testServer();
    const http = client();
    server.react({ status: 307, headers: { location: '/elsewhere' } });
    expect(await http.request(post(server.url))).toMatchObject({ status: 307 });
    server.react({ status: 503, headers: { 'retry-after': '0' } });
    expect(await http.request({ method: 'GET', url: server.url })).toMatchObject({ status: 503 });
    expect(server.received).toHaveLength(2);
  });

  it('is unreachable for a closed port and an unknown name', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    expect(await client().request(post(url))).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await client().request(post('http://nowhere.invalid/'))).toMatchObject({
      reason: 'unreachable',
    });
  });

  it('makes a failure of a URL that is none', async () => {
    expect(await client().request(post('not a url'))).toMatchObject({ kind: 'failure' });
  });

  it('makes a failure of a header that cannot be sent', async () => {
    const server = await testServer();
    const headers = { 'x-auth-token': 'two\nlines' };
    expect(await client().request({ ...post(server.url), headers })).toMatchObject({
      kind: 'failure',
    });
  });
});

describe('createHttpClient, with a server that misbehaves', () => {
  it('gives up on a server that accepts and says nothing', async () => {
    const url = await tcpServer(() => undefined);
    expect(await client({ timeoutMs: 200 }).request(post(url))).toMatchObject({
      reason: 'timeout',
    });
  });

  it('gives up on a server that does not read what it is sent', async () => {
    const url = await tcpServer((socket) => socket.pause());
    const body = 'x'.repeat(32 * 1024 * 1024);
    expect(await client({ timeoutMs: 400 }).request(post(url, body))).toMatchObject({
      reason: 'timeout',
    });
  });

  it('gives up on an answer that trickles without end', async () => {
    const url = await tcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await client({ timeoutMs: 300 }).request(read(url))).toMatchObject({
      reason: 'timeout',
    });
  });

  it.each(unfinished)('knows the verdict of a response whose body is %s', async (how) => {
    const server = await testServer();
    const http = client();
    for (const status of [200, 202, 401, 500]) {
      server.react({ status, unfinished: how });
      const result = await http.request(post(server.url));
      expect(result).toMatchObject({ kind: 'response', status });
      if (result.kind === 'response') expect(result.body.length).toBeLessThanOrEqual(65_536);
    }
  });

  it('knows the verdict of a response that should have no body and has one', async () => {
    const url = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 204 No Content\r\ncontent-length: 1000\r\n\r\n{"beginning":');
      });
    });
    const http = client();
    for (let n = 0; n < 3; n++) {
      expect(await http.request(post(url))).toMatchObject({ status: 204, body: '' });
    }
  });

  it.each(unfinished)('makes a failure of a needed body that is %s', async (how) => {
    const server = await testServer();
    const http = client({ timeoutMs: 1_000 });
    server.react({ status: 200, unfinished: how });
    expect(await http.request(read(server.url))).toMatchObject({ kind: 'failure' });
    server.react({ status: 401, unfinished: how });
    expect(await http.request(read(server.url))).toMatchObject({ kind: 'response', status: 401 });
  });

  it('makes a failure of a connection that is reset when it is used again', async () => {
    let connections = 0;
    const url = await tcpServer((socket) => {
      connections += 1;
      socket.once('data', () => {
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
        socket.once('data', () => socket.resetAndDestroy());
      });
    });
    const http = client();
    expect(await http.request(post(url))).toMatchObject({ status: 204 });
    expect(await http.request(post(url))).toMatchObject({ kind: 'failure', reason: 'unreachable' });
    expect(await http.request(post(url))).toMatchObject({ status: 204 });
    expect(connections).toBe(2);
  });

  it('does not use a connection again that the server closed meanwhile', async () => {
    const url = await tcpServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    const http = client();
    for (let n = 0; n < 3; n++) {
      expect(await http.request(post(url))).toMatchObject({ status: 204 });
      // The end of the connection arrives in a turn of its own.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('returns the response of a server that rejects before it has read everything', async () => {
    const url = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
        );
        socket.resume();
      });
    });
    expect(await client().request(post(url, 'x'.repeat(4 * 1024 * 1024)))).toMatchObject({
      kind: 'response',
      status: 413,
    });
  });

  it('reads no needed body longer than its limit, whatever its form', async () => {
    const server = await testServer();
    const http = client({ maxResponseBytes: 10_000 });
    server.react({ status: 200, body: 'x'.repeat(10_000) });
    expect(await http.request(read(server.url))).toMatchObject({ kind: 'response' });
    server.react({ status: 200, body: 'x'.repeat(2_000_000) });
    expect(await http.request(read(server.url))).toMatchObject({ reason: 'unexpected-answer' });
    server.react({
      status: 200,
      headers: { 'transfer-encoding': 'chunked' },
      body: 'x'.repeat(2_000_000),
    });
    expect(await http.request(read(server.url))).toMatchObject({ reason: 'unexpected-answer' });
  });

  it('does not unpack a compressed response that it did not request', async () => {
    const server = await testServer();
    server.react({
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('x'.repeat(1_000_000)).toString('latin1'),
    });
    const exchange = await client({ maxResponseBytes: 10_000 }).request(read(server.url));
    expect(server.received[0]?.headers['accept-encoding']).toBeUndefined();
    expect(exchange).toMatchObject({ kind: 'response', status: 200 });
  });

  it('finds headers without end unexpected', async () => {
    const server = await testServer();
    server.react({ status: 200, headers: { 'x-long': 'x'.repeat(100_000) } });
    expect(await client().request(post(server.url))).toMatchObject({ reason: 'unexpected-answer' });
  });
});

describe('createHttpClient, stopped', () => {
  it('gives up a request when its signal says so, before and during it', async () => {
    const server = await testServer();
    const http = client();
    expect(await http.request({ ...post(server.url), signal: AbortSignal.abort() })).toMatchObject({
      reason: 'aborted',
    });
    expect(server.received).toHaveLength(0);

    const controller = new AbortController();
    server.react(() => {
      controller.abort();
      return 'hang';
    });
    expect(await http.request({ ...post(server.url), signal: controller.signal })).toMatchObject({
      reason: 'aborted',
    });
  });

  it('lets a request that is under way finish after it was closed, then its connection too', async () => {
    const closed: Promise<unknown>[] = [];
    const url = await tcpServer((socket) => {
      closed.push(once(socket, 'close'));
      socket.on('data', () => {
        http.close();
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const http = client();
    expect(await http.request(post(url))).toMatchObject({ status: 204 });
    await Promise.all(closed);
  });

  it('closes idle connections', async () => {
    const closed: Promise<unknown>[] = [];
    const url = await tcpServer((socket) => {
      closed.push(once(socket, 'close'));
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    const http = client();
    await http.request(post(url));
    // A connection becomes idle after the turn in which its answer ended.
    await new Promise((resolve) => setTimeout(resolve, 20));
    http.close();
    await Promise.all(closed);
    expect(closed).toHaveLength(1);
  });
});

describe('createHttpClient, over TLS', () => {
  const certificate = readFileSync(
    new URL('../../fixtures/tls/certificate.pem', import.meta.url),
    'utf8',
  );
  const key = readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url), 'utf8');

  async function tlsServer(): Promise<string> {
    const server = https.createServer({ cert: certificate, key }, (_, answer) =>
      answer.end('safe'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `https://127.0.0.1:${portOf(server)}/`;
  }

  it('does not connect to a server with an untrusted certificate', async () => {
    expect(await client().request(post(await tlsServer()))).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining('SELF_SIGNED'),
    });
  });

  it('connects to it when its authority is given', async () => {
    const http = client({ ca: certificate });
    expect(await http.request(read(await tlsServer()))).toMatchObject({ body: 'safe' });
  });

  it('connects with any certificate when `insecure` is set', async () => {
    const http = client({ insecure: true });
    expect(await http.request(read(await tlsServer()))).toMatchObject({ body: 'safe' });
  });
});
