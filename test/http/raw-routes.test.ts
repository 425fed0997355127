import { afterEach, describe, expect, it } from '@jest/globals';
import { createToken } from '../../service/contract/access/token.ts';
import type { Operation } from '../../service/contract/api/operation.ts';
import { problemResponse } from '../../service/contract/problem.ts';
import type { RawRoute } from '../../service/contract/raw-route.ts';
import type { Route } from '../../service/http/route.ts';
import { createHttpServer, type HttpServer } from '../../service/http/server/server.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openAuthorizer } from '../support/open-authorizer.ts';
import { closeConnections, connect, exchange, requestText } from '../support/raw-http.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const operation: Operation = { tag: 'health', summary: '', responses: {}, problems: [] };

let server: HttpServer | undefined;
afterEach(async () => {
  closeConnections();
  await server?.close(0);
});

/** A server with one raw route and one route that do as the test says. */
async function listen(handle: RawRoute['handle'], routeHandle: Route['handle'] = () => {}) {
  const { log, lines } = createRecordedLog();
  const metrics = createMetrics();
  const route: Route = {
    method: 'get',
    path: '/route/:id',
    scope: 'none',
    ...operation,
    handle: routeHandle,
  };
  const times = { headersTimeoutSeconds: 5, requestTimeoutSeconds: 5, keepAliveTimeoutSeconds: 5 };
  server = createHttpServer(
    { host: '127.0.0.1', port: 0, maxBodyBytes: 1_024, ...times },
    {
      rawRoutes: [
        {
          path: '/lane',
          methods: 'POST',
          scope: 'ingest',
          takesTokenInPath: true,
          operation,
          handle,
          refuse: problemResponse,
        },
      ],
      routes: [route],
      authorizer: openAuthorizer,
      log,
      metrics,
    },
  );
  const counted = async (status: string) => {
    const line = `heartbeat_http_requests_total{status="${status}"} `;
    const text = (await metrics.render()).split('\n').find((any) => any.startsWith(line));
    return Number(text?.slice(line.length));
  };
  return { port: await server.listen(), lines, counted };
}

const post = requestText('POST', '/lane', { body: 'secret' });
const failure = {
  status: 500,
  headers: { 'content-type': 'application/problem+json' },
  body: expect.stringContaining('"code":"internal-error"'),
};

describe('a raw route', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug of ours');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug of ours'))],
  ])('that %s is answered for with 500, logged, counted, and not shown', async (_, handle) => {
    const { port, lines, counted } = await listen(handle);
    const answer = await exchange(port, post);
    expect(answer).toMatchObject(failure);
    expect(answer.body).not.toContain('a bug of ours');
    expect(lines).toMatchObject([
      { level: 'error', url: '/lane', error: { message: 'a bug of ours' } },
    ]);
    expect(await counted('5xx')).toBe(1);
  });

  it('that fails leaves no token in the log, nor does a route, at any place of the address', async () => {
    const { id, token } = createToken();
    const fails = () => Promise.reject(new Error('a bug of ours'));
    const { port, lines } = await listen(fails, fails);
    await exchange(port, requestText('POST', `/lane/${token}?a=b`, { body: '{}' }));
    await exchange(port, requestText('POST', `/lane?t=${token}`, { body: '{}' }));
    await exchange(port, requestText('GET', `/route/${token}?t=${token}`));
    expect(lines.map(({ url }) => url)).toEqual([
      '/lane?a=b',
      `/lane?t=hb_${id}_[redacted]`,
      `/route/hb_${id}_[redacted]?t=hb_${id}_[redacted]`,
    ]);
    expect(JSON.stringify(lines)).not.toContain(token);
  });

  it('sends nothing to a client that has disconnected', async () => {
    const [begun, ending] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { port, lines, counted } = await listen(async () => {
      begun.resolve();
      await ending.promise;
      return { status: 200, headers: {}, body: '' };
    });
    const connection = await connect(port);
    connection.send(post);
    await begun.promise;
    connection.destroy();
    ending.resolve();
    await server?.close(1_000);
    expect(lines).toEqual([]);
    expect(await counted('5xx')).toBe(0);
  });

  it('is not called with a body that never ends', async () => {
    let asked = 0;
    const { port } = await listen(async () => {
      asked++;
      return { status: 200, headers: {}, body: '' };
    });
    const connection = await connect(port);
    connection.send(requestText('POST', '/lane', { headers: { 'content-length': '10' } }));
    connection.send('123456789');
    connection.destroy();
    expect(await exchange(port, post)).toMatchObject({ status: 200 });
    expect(asked).toBe(1);
  });

  it('counts every answer by its class, those to what is no request too', async () => {
    const { port, counted } = await listen(async () => ({ status: 202, headers: {}, body: '' }));
    for (let sent = 0; sent < 3; sent++) await exchange(port, post);
    await exchange(port, requestText('GET', '/lane'));
    await exchange(port, requestText('GET', '/nowhere'));
    await exchange(port, requestText('POST', 'ftp://test/lane'));
    await exchange(port, 'nonsense\r\n\r\n');
    expect(await Promise.all(['2xx', '3xx', '4xx', '5xx'].map(counted))).toEqual([3, 0, 4, 0]);
  });
});

describe('a route', () => {
  it('that throws is answered for with 500, logged, counted, and not shown', async () => {
    const { port, lines, counted } = await listen(
      () => Promise.reject(new Error()),
      () => {
        throw new Error('a bug of ours');
      },
    );
    const answer = await exchange(port, requestText('GET', '/route/1'));
    expect(answer).toMatchObject(failure);
    expect(answer.body).not.toContain('a bug of ours');
    expect(lines).toMatchObject([
      { level: 'error', url: '/route/1', error: { message: 'a bug of ours' } },
    ]);
    expect(await counted('5xx')).toBe(1);
  });

  it.each(['/route/%', '/route/%zz', '/route/%ff', '/route/%c0%af', '/route/%00', '/route/a%2Fb'])(
    'takes the parameter of %s for text',
    async (target) => {
      const { port, lines } = await listen(
        () => Promise.reject(new Error()),
        (context) => {
          context.body = { id: context['params'].id };
        },
      );
      expect((await exchange(port, requestText('GET', target))).status).toBeLessThan(500);
      expect(lines).toEqual([]);
    },
  );

  it('of a path that has a parameter says which methods there are', async () => {
    const { port } = await listen(() => Promise.reject(new Error()));
    const answer = await exchange(port, requestText('DELETE', '/route/1'));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});
