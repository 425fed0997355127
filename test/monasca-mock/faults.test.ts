import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { until } from '../support/until.ts';
import { control, countStored, logIn, metric, postMetrics } from './client.ts';

let mock: Mock;
let token: string;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 1);
  mock = await startMock({ keystonePort: 0, monascaPort: 0, now: () => nowMs });
  token = await logIn(mock, 'ge');
});
afterEach(() => mock.close());

const fault = (body: Record<string, unknown>) => control(mock, 'POST', '/mock/faults', body);
const post = (metrics: unknown = metric()) => postMetrics(mock, token, metrics);
const countMeasurements = () => countStored(mock, token);

describe('a fault', () => {
  it('responds with any status, headers and body, a given number of times', async () => {
    const made = await fault({
      kind: 'status',
      service: 'monasca',
      method: 'post',
      path: '/v2.0/metrics',
      status: 429,
      retryAfter: 7,
      headers: { 'X-Limit': '1' },
      body: { title: 'slow down' },
      count: 2,
    });
    expect(made).toMatchObject({ status: 201, json: { id: expect.any(String), hits: 0 } });
    for (const _ of [1, 2]) {
      const response = await post();
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(response.headers.get('x-limit')).toBe('1');
      expect(await response.json()).toEqual({ title: 'slow down' });
    }
    expect((await post()).status).toBe(204);
    expect(await countMeasurements()).toBe(1);
  });

  it('ends after its seconds, and on its removal', async () => {
    await fault({ kind: 'status', status: 503, seconds: 10 });
    expect((await post()).status).toBe(503);
    nowMs += 10_000;
    expect((await post()).status).toBe(204);

    const { json } = await fault({ kind: 'status', status: 500 });
    await fault({ kind: 'status', status: 502 });
    expect((await post()).status).toBe(500);
    const listed = await control(mock, 'GET', '/mock/faults');
    expect(listed.json).toMatchObject({ faults: [{ hits: 1, status: 500 }, { status: 502 }] });
    expect((await control(mock, 'DELETE', `/mock/faults/${json.id}`)).status).toBe(204);
    expect((await post()).status).toBe(502);
    expect((await control(mock, 'DELETE', '/mock/faults')).status).toBe(204);
    expect((await post()).status).toBe(204);
    expect((await control(mock, 'DELETE', `/mock/faults/${json.id}`)).status).toBe(404);
  });

  it('affects only its service, method and path', async () => {
    await fault({ kind: 'status', status: 500, service: 'keystone' });
    expect((await post()).status).toBe(204);
    expect((await fetch(mock.keystoneUrl)).status).toBe(500);
    await control(mock, 'DELETE', '/mock/faults');
    await fault({ kind: 'status', status: 500, path: '/v2.0/*/names' });
    await fault({ kind: 'status', status: 501, method: 'GET', path: '/v2.0/metrics/me' });
    const headers = { 'X-Auth-Token': token };
    const status = async (path: string) =>
      (await fetch(mock.monascaUrl + path, { headers })).status;
    expect(await status('/metrics/names')).toBe(500);
    expect(await status('/metrics/names/x')).toBe(404);
    expect(await status('/metrics')).toBe(200);
    expect(await status('/metrics/measurements')).toBe(501);
    expect((await post()).status).toBe(204);
  });

  it('can be either kind of 401', async () => {
    await fault({ kind: 'token-401', service: 'monasca', count: 1 });
    const expired = await post();
    expect(expired.status).toBe(401);
    expect(expired.headers.get('www-authenticate')).toMatch(/^Keystone uri="/);
    expect(await expired.json()).toMatchObject({ error: { code: 401, title: 'Unauthorized' } });
    await fault({ kind: 'policy-401', service: 'monasca', count: 1 });
    const forbidden = await post();
    expect(forbidden.status).toBe(401);
    expect(await forbidden.json()).toMatchObject({ title: 'Forbidden' });
  });

  it('can be a connection that is cut, before or after the request is processed', async () => {
    await fault({ kind: 'cut', count: 1 });
    await expect(post()).rejects.toThrow('fetch failed');
    expect(await countMeasurements()).toBe(0);
    await fault({ kind: 'cut-after', count: 1 });
    await expect(post()).rejects.toThrow('fetch failed');
    expect(await countMeasurements()).toBe(1);
  });

  it('can be a server that never responds, or stops in the middle of a response', async () => {
    const signal = () => AbortSignal.timeout(200);
    await fault({ kind: 'hang', count: 1 });
    await expect(postMetrics(mock, token, metric(), signal())).rejects.toThrow('timeout');
    await fault({ kind: 'half-open', count: 1 });
    const begun = await postMetrics(mock, token, metric(), signal());
    expect(begun.status).toBe(200);
    await expect(begun.text()).rejects.toThrow('timeout');
    expect(await countMeasurements()).toBe(0);
  });

  it('can be a delay of the usual response', async () => {
    await fault({ kind: 'slow', delayMs: 150, count: 1 });
    const before = performance.now();
    expect((await post()).status).toBe(204);
    expect(performance.now() - before).toBeGreaterThan(140);
    expect(await countMeasurements()).toBe(1);
  });

  it('rejects posts that contain a metric which matches, and stores nothing of them', async () => {
    const poison = metric({ dimensions: { name: 'bad', version: '1.2' }, timestamp: 2 });
    await fault({
      kind: 'reject-metrics',
      metric: { name: 'm', dimensions: { name: 'bad', version: '1.*' } },
    });
    expect((await post([metric(), poison])).status).toBe(422);
    expect(await countMeasurements()).toBe(0);
    expect((await post([metric(), metric({ dimensions: { name: 'good' } })])).status).toBe(204);
    expect((await post(poison)).status).toBe(422);
    await control(mock, 'DELETE', '/mock/faults');
    expect((await post(poison)).status).toBe(204);
  });

  it('can be a closed port that opens again after a time', async () => {
    const before = (await fetch(mock.keystoneUrl)).status;
    await fault({ kind: 'refuse', service: 'keystone', seconds: 1.5 });
    await until(() =>
      fetch(mock.keystoneUrl).then(
        () => false,
        () => true,
      ),
    );
    await until(() =>
      fetch(mock.keystoneUrl).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(before).toBe(200);
    expect((await post()).status).toBe(204);
  });

  it('is rejected if it is invalid', async () => {
    const wrong = [
      { kind: 'status' },
      { kind: 'refuse' },
      { kind: 'explode' },
      { kind: 'cut', count: 0 },
      { kind: 'cut', cuont: 1 },
    ];
    for (const body of wrong) {
      const response = await fault(body);
      expect(response).toMatchObject({ status: 400, json: { problems: [expect.anything()] } });
    }
    const noJson = await fetch(new URL('/mock/faults', mock.keystoneUrl), {
      method: 'POST',
      body: '{',
    });
    expect(noJson.status).toBe(400);
  });
});
