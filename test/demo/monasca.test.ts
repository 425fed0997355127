import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countHeartbeats, readTimestamps } from '../../demo/monasca.ts';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import type { Identity } from '../../service/contract/instance.ts';

let mock: Mock;
beforeEach(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
});
afterEach(() => mock.close());

const control = (path: string) =>
  fetch(`${new URL(mock.monascaUrl).origin}/mock${path}`, { method: 'POST' });

async function post(series: Identity, timestamps: readonly number[]): Promise<void> {
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

const a: Identity = { name: 'Orion', version: '3.10.1', instance: 'a' };
const b: Identity = { name: 'Orion', version: '3.10.1', instance: 'b' };
const c: Identity = { name: 'Orion', version: '4.0.0', instance: 'a' };
const startMs = 1_790_000_000_000;
const times = (count: number) => Array.from({ length: count }, (_, n) => startMs + n);

describe('readTimestamps', () => {
  it.each([499, 500, 501, 1_000, 1_234])('finds all of %d timestamps', async (count) => {
    await post(a, times(count));
    await post(b, [startMs + 7]);
    expect(await readTimestamps(mock, a, startMs)).toEqual(new Set(times(count)));
    expect(await readTimestamps(mock, b, startMs)).toEqual(new Set([startMs + 7]));
    expect(await readTimestamps(mock, c, startMs)).toEqual(new Set());
  });
});

describe('countHeartbeats', () => {
  it('counts each instance since a time', async () => {
    await post(a, times(3));
    await post(b, times(1));
    await post(c, times(2));
    expect(await countHeartbeats(mock, startMs + 1)).toEqual([
      { ...a, heartbeats: 2 },
      { ...c, heartbeats: 1 },
    ]);
  });

  it('works after the tokens are revoked, and not while the account is locked', async () => {
    await post(a, times(1));
    await countHeartbeats(mock, startMs);
    await control('/tokens/revoke');
    expect(await countHeartbeats(mock, startMs)).toHaveLength(1);
    await control('/accounts/ge/lock');
    await expect(countHeartbeats(mock, startMs)).rejects.toThrow('401');
  });
});
