import { describe, expect, it } from '@jest/globals';
import type { ServiceHealth } from '../../service/http/health/health.ts';
import { healthRoutes } from '../../service/http/health/routes.ts';
import { createHttpServer } from '../../service/http/server/server.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openAuthorizer } from '../support/open-authorizer.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { startService } from '../support/service.ts';
import { freePort } from '../support/test-server.ts';

const rawRoute = '/api/v1/heartbeats';
const heartbeats = (count: number) =>
  JSON.stringify(
    Array.from({ length: count }, (_, n) => ({ name: 'a', version: '1', instance: `c${n}` })),
  );

async function get(port: number, path: string) {
  const { status, headers, body } = await exchange(port, requestText('GET', path));
  const json: unknown = JSON.parse(body);
  return { status, type: headers['content-type'], retryAfter: headers['retry-after'], json };
}

/** The three routes over a health that the test decides. */
async function answersOf(health: Partial<ServiceHealth>) {
  const { log } = createRecordedLog();
  const routes = healthRoutes({
    startedAtMs: Date.UTC(2026, 0, 31),
    version: '1.2.3',
    notReady: () => undefined,
    dependencies: () => ({}),
    ...health,
  });
  const times = { headersTimeoutSeconds: 5, requestTimeoutSeconds: 5, keepAliveTimeoutSeconds: 5 };
  const server = createHttpServer(
    { host: '127.0.0.1', port: 0, maxBodyBytes: 1_024, ...times },
    {
      rawRoutes: [],
      routes,
      authorizer: openAuthorizer,
      log,
      metrics: createMetrics(),
    },
  );
  const port = await server.listen();
  const answers = {
    live: await get(port, '/health/live'),
    ready: await get(port, '/health/ready'),
    health: await get(port, '/health'),
  };
  await server.close(0);
  return answers;
}

describe('healthRoutes', () => {
  it('say that all is well', async () => {
    const store = { status: 'up', outbox: { records: 0 } } as const;
    const { live, ready, health } = await answersOf({ dependencies: () => ({ store }) });
    expect(live).toMatchObject({ status: 200, json: { status: 'alive' } });
    expect(ready).toMatchObject({ status: 200, json: { status: 'ready' } });
    expect(health).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' });
    expect(health.json).toEqual({
      status: 'up',
      ready: true,
      version: '1.2.3',
      startedAt: '2026-01-31T00:00:00.000Z',
      dependencies: { store },
    });
  });

  it('are ready though Monasca is away, and say that it is', async () => {
    const dependencies = {
      store: { status: 'up' },
      monasca: { status: 'down', lastError: 'refused' },
      mail: { status: 'unused' },
    } as const;
    const { live, ready, health } = await answersOf({ dependencies: () => dependencies });
    expect([live.status, ready.status, health.status]).toEqual([200, 200, 200]);
    expect(health.json).toMatchObject({ status: 'degraded', ready: true, dependencies });
  });

  it('are alive but not ready when nothing can be stored, and say when to retry', async () => {
    const { live, ready, health } = await answersOf({ notReady: () => 'the outbox is full' });
    expect(live.status).toBe(200);
    expect(ready).toMatchObject({
      status: 503,
      type: 'application/problem+json',
      retryAfter: '5',
      json: { code: 'not-ready', detail: 'the outbox is full' },
    });
    expect(health.json).toMatchObject({
      status: 'down',
      ready: false,
      notReady: 'the outbox is full',
    });
  });
});

describe('the health of the service', () => {
  it('says that it runs without Monasca', async () => {
    const service = await startService();
    const { json } = await get(service.port, '/health');
    expect(json).toMatchObject({
      status: 'up',
      ready: true,
      dependencies: { store: { status: 'up' }, monasca: { status: 'unused' } },
    });
    await service.stop();
  });

  it('takes heartbeats while Monasca is away, until the outbox is full', async () => {
    const service = await startService({
      ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
      HEARTBEAT_OUTBOX_MAX_RECORDS: '10',
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '10',
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    const post = (count: number) =>
      exchange(service.port, requestText('POST', rawRoute, { body: heartbeats(count) }));
    expect(await post(6)).toMatchObject({ status: 202 });
    expect(await get(service.port, '/health/ready')).toMatchObject({ status: 200 });

    // All or nothing: a body is not stored in part.
    expect(await post(5)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(await post(4)).toMatchObject({ status: 202 });
    expect(await get(service.port, '/health/ready')).toMatchObject({
      status: 503,
      json: { detail: 'the outbox is full' },
    });
    const full = await post(1);
    expect(full).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(full.body)).toMatchObject({ code: 'outbox-full' });
    expect(await get(service.port, '/health')).toMatchObject({
      status: 200,
      json: { status: 'down', dependencies: { store: { outbox: { records: 10, limit: 10 } } } },
    });
    expect(await get(service.port, '/health/live')).toMatchObject({ status: 200 });
    await service.stop();
  });
});
