import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeadLetterQueue } from '../../service/delivery/dead-letter-queue.ts';
import { deadLetterRoutes } from '../../service/http/routes/dead-letters.ts';
import { createHttpServer } from '../../service/http/server/server.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openAuthorizer } from '../support/open-authorizer.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { type LocalService, startService } from '../support/service.ts';
import { freePort } from '../support/test-server.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService({
    ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
    HEARTBEAT_STOP_DRAIN_SECONDS: '0',
  });
});
afterAll(() => service.stop());

describe('deadLetterRoutes', () => {
  it('come by all letters, page by page, though the first ones are refused for ever', async () => {
    const kept = new Map(someHeartbeats(5).map((record, index) => [index * 10 + 1, record]));
    const deadLetters: DeadLetterQueue = {
      page: (after, limit) =>
        [...kept]
          .filter(([seq]) => seq > after)
          .slice(0, limit)
          .map(([seq, heartbeat]) => ({
            seq,
            content: { heartbeat },
            atMs: 0,
            reason: 'why not',
          })),
      count: () => kept.size,
      retry: (after, limit) => {
        const page = deadLetters.page(after, limit);
        const good = page.filter(({ seq }) => seq > 20);
        for (const { seq } of good) kept.delete(seq);
        const rejected = page.length - good.length;
        return Promise.resolve({ delivered: good.length, rejected, page });
      },
    };
    const { log } = createRecordedLog();
    const times = {
      headersTimeoutSeconds: 5,
      requestTimeoutSeconds: 5,
      keepAliveTimeoutSeconds: 5,
    };
    const server = createHttpServer(
      { host: '127.0.0.1', port: 0, maxBodyBytes: 1_024, ...times },
      {
        rawRoutes: [],
        routes: deadLetterRoutes({ monasca: deadLetters }),
        authorizer: openAuthorizer,
        log,
        metrics: createMetrics(),
      },
    );
    const port = await server.listen();
    const ask = async (method: string, query: string) => {
      const path = `/api/v1/dead-letters${query}`;
      return JSON.parse((await exchange(port, requestText(method, path))).body);
    };
    expect(await ask('GET', '?limit=2')).toMatchObject({
      total: 5,
      deadLetters: [{ id: 1 }, { id: 11, reason: 'why not', heartbeat: { instance: 'i-2' } }],
      next: 11,
    });
    const again = { delivered: 0, rejected: 2, left: 5, next: 11 };
    expect(await ask('POST', '/retry?limit=2')).toEqual(again);
    expect(await ask('POST', '/retry?limit=2&after=11')).toEqual({
      delivered: 2,
      rejected: 0,
      left: 3,
      next: 31,
    });
    expect(await ask('POST', '/retry?limit=2&after=31')).toEqual({
      delivered: 1,
      rejected: 0,
      left: 2,
    });
    await server.close(0);
  });
});

describe('the dead letters', () => {
  it('are none at first', async () => {
    const answer = await exchange(service.port, requestText('GET', '/api/v1/dead-letters'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ destination: 'monasca', total: 0, deadLetters: [] });
  });

  it.each([
    ['destination', 'nowhere'],
    ['destination', 'constructor'],
    ['destination', '__proto__'],
    ['destination', 'toString'],
    ['destination', 'monasca&destination=monasca'],
    ['after', '-1'],
    ['after', '1e3'],
    ['after', '1&after=2'],
    ['after', '99999999999999999999'],
    ['limit', '0'],
    ['limit', '1001'],
    ['limit', '1.5'],
    ['limit', '%zz'],
    ['limit', '%00'],
  ])('are not found by %s=%s', async (name, value) => {
    for (const [method, path] of [
      ['GET', '/api/v1/dead-letters'],
      ['POST', '/api/v1/dead-letters/retry'],
    ] as const) {
      const answer = await exchange(service.port, requestText(method, `${path}?${name}=${value}`));
      expect([method, answer.status]).toEqual([method, 400]);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'invalid-parameter',
        detail: expect.stringMatching(`^${name}: expected`),
      });
    }
  });
});
