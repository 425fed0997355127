import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { closeConnections, connect, exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, runService, startService } from '../support/service.ts';

const rawRoute = '/api/v1/heartbeats';
const heartbeatOf = (instance: string) => JSON.stringify({ name: 'a', version: '1', instance });
const post = (instance: string, headers: Record<string, string> = {}) =>
  requestText('POST', rawRoute, { body: heartbeatOf(instance), headers });
const problemType = 'application/problem+json';

let service: LocalService;
const ask = (method: string, target: string, headers: Record<string, string> = {}) =>
  exchange(service.port, requestText(method, target, { headers }));

beforeAll(async () => {
  service = await startService();
});
afterEach(() => {
  closeConnections();
  expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});
afterAll(() => service.stop());

describe('the routes', () => {
  const routes = [
    {
      path: rawRoute,
      allow: 'POST',
      refused: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    },
    ...['/health', '/health/live', '/health/ready', '/metrics'].map((path) => ({
      path,
      allow: 'GET, HEAD',
      refused: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'],
    })),
  ];

  it.each(routes.flatMap(({ path, allow, refused }) => refused.map((m) => [m, path, allow])))(
    'refuse %s %s and say that %s is allowed',
    async (method = '', path = '', allow = '') => {
      const answer = await ask(method, path);
      expect(answer).toMatchObject({
        status: 405,
        headers: { allow, 'content-type': problemType },
      });
      if (method === 'HEAD') return;
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'method-not-allowed', status: 405 });
    },
  );

  it.each([
    '//',
    '/..',
    '/../health',
    '/health/',
    '/HEALTH',
    '/health/live/',
    '//health',
    '/health%2Flive',
    '/%00',
    '/%',
    '/%zz',
    '/%c0%af',
    '/%ff',
    '/beat/',
    '/Beat',
    '/BEAT',
    '//beat',
    '/status/',
    '/api/v1/heartbeats/',
    '/API/v1/heartbeats',
    '/api/v1//heartbeats',
    '/api/v1',
    '/favicon.ico',
    '/__proto__',
    '/constructor',
    '/health;a=b',
    '//a?@b=c>#',
    '//a@b:c/#d',
    '*',
    `/${'a'.repeat(8_000)}`,
    'http://other/nowhere',
  ])('know nothing of %s', async (target) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await ask(method, target);
      expect(answer).toMatchObject({ status: 404, headers: { 'content-type': problemType } });
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'not-found' });
      expect(answer.body.length).toBeLessThan(500);
    }
  });

  it('are found with a query, and by a proxy that names the whole address', async () => {
    const body = heartbeatOf('c1');
    for (const target of [
      `${rawRoute}?x=/y?z`,
      `http://test:80${rawRoute}`,
      `HTTPS://test${rawRoute}?a=b`,
    ]) {
      const answer = await exchange(service.port, requestText('POST', target, { body }));
      expect([target, answer.status]).toEqual([target, 202]);
    }
    for (const target of ['/health/live?verbose', 'http://test/health/live', '/status?#a']) {
      expect([target, (await ask('GET', target)).status]).toEqual([target, 200]);
    }
  });

  it('answer HEAD as GET without the body', async () => {
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/status']) {
      const connection = await connect(service.port);
      connection.send(requestText('HEAD', path) + requestText('GET', '/health/live'));
      const head = await connection.answer({ toHead: true });
      expect([path, head.status, Number(head.headers['content-length']) > 0]).toEqual([
        path,
        200,
        true,
      ]);
      expect(await connection.answer()).toMatchObject({ status: 200, body: '{"status":"alive"}' });
    }
  });

  it('do not name their software', async () => {
    for (const target of ['/health', '/nowhere', '/%zz', '/beat', rawRoute]) {
      const { headers, body } = await ask('GET', target);
      const shown = JSON.stringify({ headers, body });
      expect(shown).not.toMatch(/x-powered-by|"server"|koa|node_modules|\.ts:| {4}at /i);
    }
  });

  it.each(['http://[/health', 'http://', 'http://a b/health', 'ftp://test/health', 'a://b'])(
    'are not found by the address %s',
    async (target) => {
      const answer = await exchange(service.port, requestText('GET', target));
      expect(answer).toMatchObject({ status: 400, headers: { 'content-type': problemType } });
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed-request' });
    },
  );

  it('work on a connection that requests another protocol, and stay with HTTP/1.1', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
    expect(await ask('GET', '/health/live', upgrade)).toMatchObject({ status: 200 });
    expect(await exchange(service.port, post('c1', upgrade))).toMatchObject({ status: 202 });
  });
});

describe('a connection', () => {
  it('answers pipelined requests in their order, whichever way they go', async () => {
    const connection = await connect(service.port);
    const requests: [string, number][] = [
      [post('c1'), 202],
      [requestText('GET', '/health/live'), 200],
      [requestText('GET', '/metrics'), 200],
      [requestText('GET', '/nowhere'), 404],
      [requestText('POST', rawRoute, { body: '{}' }), 400],
      [requestText('GET', '/status'), 200],
      [post('c2', { 'content-encoding': 'br' }), 415],
      [requestText('DELETE', '/health'), 405],
    ];
    const rounds = Array.from({ length: 20 }, () => requests).flat();
    connection.send(rounds.map(([text]) => text).join(''));
    for (const [, status] of rounds) expect((await connection.answer()).status).toBe(status);
  });

  it('is kept after every refusal of a request that was read to its end', async () => {
    const connection = await connect(service.port);
    const refused: [string, number][] = [
      [requestText('POST', rawRoute, { body: '{"name":' }), 400],
      [requestText('POST', rawRoute, { body: '' }), 400],
      [requestText('PUT', rawRoute, { body: heartbeatOf('c1') }), 405],
      [requestText('GET', rawRoute), 405],
      [post('c1', { 'content-encoding': 'br' }), 415],
      [requestText('POST', '/nowhere', { body: 'x'.repeat(100_000) }), 404],
      [requestText('POST', '/health', { body: 'x' }), 405],
      [requestText('POST', '/beat', { body: 'x' }), 400],
    ];
    for (const [text, status] of refused) {
      connection.send(text);
      const answer = await connection.answer();
      expect([status, answer.headers['connection']]).toEqual([answer.status, 'keep-alive']);
    }
    connection.send(post('c1'));
    expect(await connection.answer()).toMatchObject({ status: 202 });
  });

  it('of HTTP/1.0 ends after the response, unless the client requests keep-alive', async () => {
    const old = (more: string) => `GET /health/live HTTP/1.0\r\n${more}\r\n`;
    const ending = await connect(service.port);
    ending.send(old(''));
    expect(await ending.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await ending.closed;
    const staying = await connect(service.port);
    staying.send(old('connection: keep-alive\r\n'));
    await staying.answer();
    staying.send(old(''));
    expect(await staying.answer()).toMatchObject({ status: 200 });
  });

  it('whose sender ended its side after the request still gets the answer', async () => {
    for (const text of [post('c1'), requestText('GET', '/metrics')]) {
      const connection = await connect(service.port);
      connection.send(text);
      connection.end();
      expect((await connection.answer()).status).toBeLessThan(300);
      await connection.closed;
    }
  });

  it('may end in the middle of anything', async () => {
    const whole = post('c1');
    for (let length = 0; length < whole.length; length += 7) {
      const [ending, cut] = [await connect(service.port), await connect(service.port)];
      ending.send(whole.slice(0, length));
      ending.end();
      cut.send(whole.slice(0, length));
      cut.destroy();
      await ending.closed;
    }
    expect(await exchange(service.port, post('c1'))).toMatchObject({ status: 202 });
  });

  const head = `POST ${rawRoute} HTTP/1.1\r\nhost: test\r\n`;
  it.each([
    ['nonsense', 'GE_Heartbeat\r\n\r\n', 400],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]), 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['HTTP/3.7', 'GET / HTTP/3.7\r\nhost: test\r\n\r\n', 400],
    ['no Host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['two lengths', `${head}content-length: 5\r\ncontent-length: 6\r\n\r\n{}{}{}`, 400],
    [
      'a length and chunks',
      `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a length below zero', `${head}content-length: -1\r\n\r\n`, 400],
    ['a length in hexadecimal', `${head}content-length: 0x10\r\n\r\n`, 400],
    ['a length beyond counting', `${head}content-length: ${'9'.repeat(40)}\r\n\r\n`, 400],
    ['an unknown transfer encoding', `${head}transfer-encoding: gzip\r\n\r\n`, 400],
    ['chunked not last', `${head}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
    ['a chunk without a size', `${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 400],
    ['a space before the colon', 'GET /health HTTP/1.1\r\nhost : test\r\n\r\n', 400],
    ['a folded header', 'GET /health HTTP/1.1\r\nhost: test\r\nx: a\r\n b\r\n\r\n', 400],
    ['a NUL in a header', 'GET /health HTTP/1.1\r\nhost: test\r\nx: a\u0000b\r\n\r\n', 400],
    ['a bare line feed', 'GET /health HTTP/1.1\nhost: test\n\n', 400],
    ['a method in lower case', 'get /health HTTP/1.1\r\nhost: test\r\n\r\n', 400],
    ['a space in the path', 'GET /hea lth HTTP/1.1\r\nhost: test\r\n\r\n', 400],
    [
      'bytes in the path',
      Buffer.from('GET /\xff\xfe HTTP/1.1\r\nhost: test\r\n\r\n', 'latin1'),
      400,
    ],
    ['a header of 20 kB', `GET / HTTP/1.1\r\nhost: test\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a path of 100 kB', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: test\r\n\r\n`, 431],
    ['an unknown expectation', `${head}expect: a miracle\r\ncontent-length: 2\r\n\r\n{}`, 417],
  ])('with %s gets the reason and is closed', async (_, data, status) => {
    const connection = await connect(service.port);
    connection.send(data);
    expect((await connection.answer()).status).toBe(status);
    connection.send('\r\n'.repeat(1_000));
    if (status !== 417) await connection.closed;
    else connection.destroy();
  });

  it('gets a problem where its request could not be read', async () => {
    const answer = await exchange(service.port, 'nonsense\r\n\r\n');
    expect(answer.headers).toMatchObject({ connection: 'close', 'content-type': problemType });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed-request', status: 400 });
  });

  it.each([
    ['no Host', 'GET /health HTTP/1.1\r\n\r\n', 'malformed-request'],
    [
      'an unknown expectation',
      `${head}expect: x\r\ncontent-length: 2\r\n\r\n{}`,
      'expectation-failed',
    ],
  ])('gets a problem and is closed: %s', async (_, data, code) => {
    const { headers, body } = await exchange(service.port, data);
    expect(headers).toMatchObject({ connection: 'close', 'content-type': problemType });
    expect(JSON.parse(body)).toMatchObject({ code });
  });

  it('that requests a tunnel is closed', async () => {
    const connection = await connect(service.port);
    connection.send('CONNECT example.org:443 HTTP/1.1\r\nhost: example.org:443\r\n\r\n');
    await connection.closed;
  });
});

describe('the port', () => {
  it('cannot be taken twice: a second service reports it, and ends with 1', async () => {
    const { code, lines } = await runService({ HEARTBEAT_HTTP_PORT: String(service.port) });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringMatching(`address already in use.*${service.port}`),
    });
    expect(lines.every(({ level }) => level !== 'text')).toBe(true);
  });
});
