import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { until } from '../support/until.ts';
import {
  control,
  identity,
  logIn,
  metric,
  passwordLogin,
  postMetrics,
  tryLogin,
} from './client.ts';

let mock: Mock;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 1);
  mock = await startMock({ keystonePort: 0, monascaPort: 0, now: () => nowMs });
});
afterEach(() => mock.close());

const status = async (token: string) => (await postMetrics(mock, token, metric())).status;

describe('close', () => {
  it('can be called twice, and does not wait for requests that hang', async () => {
    await control(mock, 'POST', '/mock/faults', { kind: 'hang', service: 'monasca' });
    const hanging = expect(status('x')).rejects.toThrow();
    await until(
      async () => (await control(mock, 'GET', '/mock/requests')).json.requests.length > 0,
    );
    await mock.close();
    await mock.close();
    await hanging;
  });
});

describe('/mock/tokens', () => {
  it('expires and revokes the tokens of one user or of all', async () => {
    const ge = await logIn(mock, 'ge');
    const agent = await logIn(mock, 'agent');
    const expired = await control(mock, 'POST', '/mock/tokens/expire', { user: 'ge' });
    expect(expired.json).toEqual({ expired: 1 });
    expect([await status(ge), await status(agent)]).toEqual([401, 204]);
    expect((await control(mock, 'POST', '/mock/tokens/revoke')).json).toEqual({ revoked: 2 });
    expect(await status(agent)).toBe(401);
    expect(await status(await logIn(mock, 'ge'))).toBe(204);
  });
});

describe('/mock/accounts', () => {
  const login = async () => (await tryLogin(mock, passwordLogin('ge', 'ge'))).status;

  it('locks an account until it is unlocked, or for a time', async () => {
    const token = await logIn(mock, 'ge');
    expect((await control(mock, 'POST', '/mock/accounts/ge/lock')).status).toBe(204);
    nowMs += 1_000_000;
    expect(await login()).toBe(401);
    expect(await status(token)).toBe(204);
    expect((await control(mock, 'POST', '/mock/accounts/ge/unlock')).status).toBe(204);
    expect(await login()).toBe(201);
    await control(mock, 'POST', '/mock/accounts/ge/lock', { seconds: 30 });
    expect(await login()).toBe(401);
    nowMs += 30_000;
    expect(await login()).toBe(201);
    expect((await control(mock, 'POST', '/mock/accounts/nobody/lock')).status).toBe(404);
  });
});

describe('/mock/settings', () => {
  it('changes the lifetime of tokens and the lockout at run time', async () => {
    const changed = await control(mock, 'PATCH', '/mock/settings', {
      tokenLifetimeSeconds: 5,
      lockoutAttempts: 2,
      lockoutSeconds: 60,
    });
    expect(changed.json).toEqual({
      tokenLifetimeSeconds: 5,
      lockoutAttempts: 2,
      lockoutSeconds: 60,
      middlewareCacheSeconds: 0,
    });
    const token = await logIn(mock, 'ge');
    nowMs += 4900;
    expect(await status(token)).toBe(204);
    nowMs += 100;
    expect(await status(token)).toBe(401);
    for (const _ of [1, 2]) await tryLogin(mock, passwordLogin('ge', 'ge', 'wrong'));
    expect((await tryLogin(mock, passwordLogin('ge', 'ge'))).status).toBe(401);
    nowMs += 60_000;
    // Attempts count anew after the lock.
    expect((await tryLogin(mock, passwordLogin('ge', 'ge', 'wrong'))).status).toBe(401);
    expect((await tryLogin(mock, passwordLogin('ge', 'ge'))).status).toBe(201);
    expect((await control(mock, 'PATCH', '/mock/settings', { lifetime: 1 })).status).toBe(400);
  });

  it('makes Monasca trust a revoked token for a while, but never an expired one', async () => {
    await control(mock, 'PATCH', '/mock/settings', { middlewareCacheSeconds: 300 });
    const token = await logIn(mock, 'ge');
    const unseen = await logIn(mock, 'ge');
    expect(await status(token)).toBe(204);
    await control(mock, 'POST', '/mock/tokens/revoke');
    expect([await status(token), await status(unseen)]).toEqual([204, 401]);
    nowMs += 300_000;
    expect(await status(token)).toBe(401);
    const short = await logIn(mock, 'ge');
    expect(await status(short)).toBe(204);
    await control(mock, 'POST', '/mock/tokens/expire');
    expect(await status(short)).toBe(401);
  });
});

describe('/mock/defects', () => {
  it('switches the faults of the real service', async () => {
    const token = await logIn(mock, 'ge');
    await postMetrics(mock, token, metric());
    const query = 'name=m&start_time=2020-01-01&group_by=name';
    const grouped = async () => {
      const url = `${mock.monascaUrl}/metrics/measurements?${query}`;
      return (await fetch(url, { headers: { 'X-Auth-Token': token } })).status;
    };
    expect(await grouped()).toBe(500);
    const changed = await control(mock, 'PATCH', '/mock/defects', { groupByNameFails: false });
    expect(changed.json).toMatchObject({ groupByNameFails: false });
    expect(await grouped()).toBe(200);
    expect((await control(mock, 'GET', '/mock/defects')).json).toEqual(changed.json);
  });
});

describe('/mock/requests', () => {
  it('lists requests with shortened tokens and the number of metrics', async () => {
    const token = await logIn(mock, 'ge');
    await postMetrics(mock, token, [metric(), metric({ timestamp: 1 })]);
    await postMetrics(mock, token, [metric(), metric({ value: 'x' })]);
    const { json } = await control(mock, 'GET', '/mock/requests');
    expect(json.requests).toMatchObject([
      { service: 'keystone', method: 'POST', path: '/v3/auth/tokens', status: 201, token: null },
      { service: 'monasca', path: '/v2.0/metrics', status: 204, metrics: 2, fault: null },
      { service: 'monasca', path: '/v2.0/metrics', status: 422, metrics: null },
    ]);
    const [, stored] = json.requests;
    expect(token.startsWith(stored.token.slice(0, -1))).toBe(true);
    expect(stored.token.length).toBeLessThan(20);
    expect(stored.bytes).toBe(JSON.stringify([metric(), metric({ timestamp: 1 })]).length);
    expect(JSON.stringify(json)).not.toContain('ge-secret');
  });

  it('filters, limits, counts and clears', async () => {
    const token = await logIn(mock, 'ge');
    for (const _ of [1, 2, 3]) await postMetrics(mock, token, [metric()]);
    await identity(mock, token, 'GET', '/auth/catalog');
    const list = async (query: string) =>
      (await control(mock, 'GET', `/mock/requests?${query}`)).json.requests.length;
    expect(await list('service=monasca')).toBe(3);
    expect(await list('service=monasca&limit=2')).toBe(2);
    expect(await list('path=/v3/auth&method=get')).toBe(1);
    expect((await control(mock, 'GET', '/mock/requests?service=nova')).status).toBe(400);
    const { json } = await control(mock, 'GET', '/mock/requests/count');
    expect(json.counts).toContainEqual({
      service: 'monasca',
      method: 'POST',
      path: '/v2.0/metrics',
      status: 204,
      count: 3,
      metrics: 3,
    });
    await control(mock, 'DELETE', '/mock/requests');
    expect(await list('')).toBe(0);
  });

  it('names the fault of a request, also of a request without a response', async () => {
    const token = await logIn(mock, 'ge');
    await control(mock, 'POST', '/mock/faults', { kind: 'cut', service: 'monasca', count: 1 });
    await expect(status(token)).rejects.toThrow();
    const { json } = await control(mock, 'GET', '/mock/requests?service=monasca');
    expect(json.requests).toMatchObject([{ status: null, fault: 'fault-1' }]);
  });
});
