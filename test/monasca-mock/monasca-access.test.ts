import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAccess } from '../../monasca-mock/monasca/access.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

const metric = { name: 'm', timestamp: 1_795_150_800_000, value: 1 };

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
});
afterAll(() => server.close());

async function namesOf(as: string, query = ''): Promise<unknown> {
  const response = await server.send({ path: `/v2.0/metrics/names${query}`, as });
  return response.status === 200 ? Object(response.json).elements : response.status;
}

describe(createAccess.name, () => {
  beforeEach(() => {
    server.database.exec('DELETE FROM measurements; DELETE FROM series');
  });

  it.each([
    ['monasca-user', 204, 200],
    ['Monasca-User', 401, 401],
    ['monasca-agent', 204, 401],
    ['monasca-read-only-user', 401, 200],
    ['monasca-agent+monasca-read-only-user', 204, 200],
    ['admin', 401, 401],
    ['reader-only', 401, 401],
    ['unscoped', 401, 401],
  ])('%s: post %i, read %i', async (as, post, get) => {
    expect(await server.post(metric, as)).toMatchObject({ status: post });
    for (const path of ['', '/names', '/dimensions/names']) {
      expect(await server.send({ path: `/v2.0/metrics${path}`, as })).toMatchObject({
        status: get,
      });
    }
    for (const path of ['alarm-definitions', 'notification-methods', 'alarms', 'alarms/count']) {
      expect(await server.send({ path: `/v2.0/${path}`, as })).toMatchObject({ status: get });
    }
  });

  it('distinguishes a missing role from an invalid token by the body', async () => {
    const policy = await server.send({ path: '/v2.0/metrics', as: 'reader-only' });
    expect(policy.json).toEqual({
      title: 'Forbidden',
      description: 'The request does not have access to this service',
    });
    expect(policy.headers['www-authenticate']).toBe(
      'T, o, k, e, n, Keystone uri="http://127.0.0.1:5000"',
    );
    for (const as of [null, 'garbage']) {
      const token = await server.send({ path: '/v2.0/metrics', as });
      expect(token.status).toBe(401);
      expect(token.json).toMatchObject({ error: { code: 401, title: 'Unauthorized' } });
      expect(token.headers['www-authenticate']).toBe('Keystone uri="http://127.0.0.1:5000"');
    }
  });

  it('shows the versions to any token', async () => {
    for (const as of ['reader-only', 'unscoped', 'monasca-agent']) {
      expect(await server.send({ path: '/', as })).toMatchObject({ status: 200 });
      expect(await server.send({ path: '/v2.0', as })).toMatchObject({ status: 200 });
    }
    expect(await server.send({ path: '/', as: null })).toMatchObject({ status: 401 });
  });

  it('keeps projects apart', async () => {
    await server.post({ ...metric, name: 'one' }, 'monasca-user@p1');
    await server.post({ ...metric, name: 'two' }, 'monasca-user@p2');
    expect(await namesOf('monasca-user@p1')).toEqual([{ name: 'one' }]);
    expect(await namesOf('monasca-user@p2')).toEqual([{ name: 'two' }]);
    expect(await namesOf('monasca-user@p3')).toEqual([]);
    const path = '/v2.0/metrics/measurements?name=one&start_time=2026-01-01&merge_metrics=true';
    const { json } = await server.send({ path, as: 'monasca-user@p2' });
    expect(json).toMatchObject({ elements: [] });
  });

  it('honours tenant_id of a delegate, and ignores it silently for others', async () => {
    const send = (name: string, as: string) =>
      server.send({
        method: 'POST',
        path: '/v2.0/metrics?tenant_id=p2',
        as,
        body: JSON.stringify({ ...metric, name }),
      });
    expect(await send('by.delegate', 'monasca-user+admin@p1')).toMatchObject({ status: 204 });
    expect(await send('by.another', 'monasca-user@p1')).toMatchObject({ status: 204 });
    expect(await namesOf('monasca-user@p2')).toEqual([{ name: 'by.delegate' }]);
    expect(await namesOf('monasca-user@p1')).toEqual([{ name: 'by.another' }]);
    expect(await namesOf('monasca-user+admin@p1', '?tenant_id=p2')).toEqual([
      { name: 'by.delegate' },
    ]);
    expect(await namesOf('monasca-user@p1', '?tenant_id=p2')).toEqual([{ name: 'by.another' }]);
    server.defects.tenantIdIgnored = true;
    expect(await namesOf('monasca-user+admin@p1', '?tenant_id=p2')).toEqual([
      { name: 'by.another' },
    ]);
    server.defects.tenantIdIgnored = false;
  });
});
