import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Series } from '../../demo/fleet/beat.ts';
import { createMonasca } from '../../demo/monasca.ts';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';

let mock: Mock;
beforeEach(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
});
afterEach(() => mock.close());

const control = (path: string) =>
  fetch(`${new URL(mock.monascaUrl).origin}/mock${path}`, { method: 'POST' });

async function post(series: Series, timestamps: readonly number[]): Promise<void> {
  const domain = { id: 'default' };
  const user = { name: 'ge', password: 'ge-secret', domain };
  const login = await fetch(`${mock.keystoneUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: 'ge', domain } },
      },
    }),
  });
  const answer = await fetch(`${mock.monascaUrl}/metrics`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-auth-token': login.headers.get('x-subject-token') ?? '',
    },
    body: JSON.stringify(
      timestamps.map((timestamp) => ({
        ...{ name: 'GE_Heartbeat', dimensions: series },
        ...{ timestamp, value: 1, value_meta: {} },
      })),
    ),
  });
  expect(answer.status).toBe(204);
}

const a: Series = { name: 'Orion', version: '3.10.1', instance: 'a' };
const b: Series = { name: 'Orion', version: '3.10.1', instance: 'b' };
const c: Series = { name: 'Orion', version: '4.0.0', instance: 'a' };
const startMs = 1_790_000_000_000;
const times = (count: number) => Array.from({ length: count }, (_, n) => startMs + n);

describe('createMonasca', () => {
  it.each([499, 500, 501, 1_000, 1_234])('finds all of %d timestamps', async (count) => {
    await post(a, times(count));
    await post(b, [startMs + 7]);
    const monasca = createMonasca(mock.keystoneUrl, mock.monascaUrl);
    expect(await monasca.timestamps(a, startMs)).toEqual(new Set(times(count)));
    expect(await monasca.timestamps(b, startMs)).toEqual(new Set([startMs + 7]));
    expect(await monasca.timestamps(c, startMs)).toEqual(new Set());
  });

  it('counts each series since a time', async () => {
    await post(a, times(3));
    await post(b, times(1));
    await post(c, times(2));
    const monasca = createMonasca(mock.keystoneUrl, mock.monascaUrl);
    expect(await monasca.counts(startMs + 1)).toEqual([
      { series: a, heartbeats: 2 },
      { series: c, heartbeats: 1 },
    ]);
  });

  it('logs in again when its token is no longer good, and not without end', async () => {
    await post(a, times(1));
    const monasca = createMonasca(mock.keystoneUrl, mock.monascaUrl);
    await monasca.counts(startMs);
    await control('/tokens/revoke');
    expect(await monasca.counts(startMs)).toHaveLength(1);
    await control('/accounts/ge/lock');
    await control('/tokens/revoke');
    await expect(monasca.counts(startMs)).rejects.toThrow('Keystone answers 401');
  });
});
