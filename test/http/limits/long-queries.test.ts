import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Route } from '../../../service/http/route.ts';
import { startRoutes } from '../../support/route-server.ts';

const route = (path: string, handle: Route['handle'], turn?: 'period'): Route => ({
  ...(turn ? { turn } : {}),
  method: 'get',
  path,
  scope: 'read',
  tag: 'periods',
  summary: 'A query',
  responses: {},
  problems: [],
  handle,
});

describe('a query that takes long', () => {
  it('is answered, although it takes longer than the time limits of its client', async () => {
    const { get } = await startRoutes([
      route('/long', async (context) => {
        await delay(12_500);
        context.body = {};
      }),
    ]);
    expect(await get('/long')).toMatchObject({ status: 200 });
  }, 30_000);

  it('is rejected when too many of its caller wait', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { get } = await startRoutes([
      route(
        '/long',
        async (context) => {
          await promise;
          context.body = {};
        },
        'period',
      ),
    ]);
    let settled = 0;
    const all = Array.from({ length: 205 }, () => get('/long').finally(() => settled++));
    while (settled < 3) await delay(20);
    expect(await Promise.any(all)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
      json: { code: 'overloaded' },
    });
    resolve();
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(202);
  }, 30_000);
});
