import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { closeConnections, exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, startService } from '../support/service.ts';

const page = 'https://dashboard.example';
const beat = '{"name":"Orion","version":"1","instance":"c1"}';

let closed: LocalService;
let open: LocalService;
beforeAll(async () => {
  closed = await startService();
  open = await startService({ HEARTBEAT_HTTP_CORS_ORIGINS: `[${page}]` });
});
afterEach(closeConnections);
afterAll(() => Promise.all([closed.stop(), open.stop()]));

type Headers = Readonly<Record<string, string>>;
const ask = (service: LocalService, method: string, path: string, headers: Headers = {}) =>
  exchange(
    service.port,
    requestText(method, path, { headers, ...(method === 'POST' ? { body: beat } : {}) }),
  );

describe('answers', () => {
  it.each(['/health/live', '/api/v1/instances', '/metrics', '/nowhere'])(
    'give a browser nothing to run: %s',
    async (path) => {
      const { headers } = await ask(closed, 'GET', path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
    },
  );

  it('let the page of the interface run what is its own', async () => {
    const { headers } = await ask(closed, 'GET', '/docs');
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    ['GET', '/health/live'],
    ['POST', '/api/v1/heartbeats'],
    ['POST', '/nowhere'],
  ])(
    'do not say what answers, nor that it is safe where it is not: %s %s',
    async (method, path) => {
      const { headers } = await ask(closed, method, path);
      expect(Object.keys(headers)).not.toContain('server');
      expect(Object.keys(headers)).not.toContain('x-powered-by');
      expect(Object.keys(headers)).not.toContain('strict-transport-security');
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    },
  );
});

describe('web pages of other origins', () => {
  it('get no leave unless they are named', async () => {
    for (const service of [closed, open]) {
      const { headers } = await ask(service, 'GET', '/api/v1/instances', {
        origin: 'https://evil.example',
      });
      expect(Object.keys(headers)).not.toContain('access-control-allow-origin');
    }
    const { headers } = await ask(open, 'GET', '/api/v1/instances', { origin: page });
    expect(headers).toMatchObject({ 'access-control-allow-origin': page });
    expect(headers['vary']).toContain('origin');
    const named = await ask(open, 'GET', '/api/v1/instances', { origin: 'https://evil.example' });
    // A cache must not give this answer to the page that is permitted.
    expect(named.headers['vary']).toContain('origin');
    const answer = await ask(open, 'POST', '/api/v1/heartbeats', { origin: page });
    expect(answer).toMatchObject({ status: 202, headers: { 'access-control-allow-origin': page } });
  });

  it('get the permitted methods and headers, if they are configured', async () => {
    const question = {
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'authorization',
    };
    const path = '/api/v1/instances/a/b/c';
    expect(await ask(open, 'OPTIONS', path, { ...question, origin: page })).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': page,
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        'access-control-allow-headers': 'authorization, content-type, last-event-id',
      },
    });
    for (const origin of ['https://evil.example', `${page}.evil.example`, 'null']) {
      expect(await ask(open, 'OPTIONS', path, { ...question, origin })).toMatchObject({
        status: 405,
      });
    }
    expect(await ask(closed, 'OPTIONS', path, { ...question, origin: page })).toMatchObject({
      status: 405,
    });
  });

  it('change nothing with the access of their viewers', async () => {
    const foreign = { origin: 'https://evil.example' };
    expect(await ask(closed, 'POST', '/api/v1/heartbeats', foreign)).toMatchObject({
      status: 403,
      body: expect.stringContaining('http.cors.origins'),
    });
    expect(await ask(closed, 'POST', '/beat', { origin: 'null' })).toMatchObject({ status: 403 });
    expect(await ask(closed, 'GET', '/api/v1/instances', foreign)).toMatchObject({ status: 200 });
    for (const origin of ['http://test:8081', 'http://test.evil.example']) {
      expect(await ask(closed, 'POST', '/api/v1/heartbeats', { origin })).toMatchObject({
        status: 403,
      });
    }
    // A page of the service.
    const own = { origin: 'http://test' };
    expect(await ask(closed, 'POST', '/api/v1/heartbeats', own)).toMatchObject({
      status: 202,
    });
  });
});
