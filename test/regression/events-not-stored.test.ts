import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../service/runtime/clock.ts';
import { type LocalService, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

let running: LocalService | undefined;
afterEach(() => running?.stop());

describe('a store that cannot write events, but heartbeats', () => {
  it('accepts heartbeats, stays ready, shows the failure in /health, and stores the events later', async () => {
    let aheadMs = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + aheadMs };
    const service = await startService({}, clock);
    running = service;
    const get = async (path: string) => (await fetch(service.url + path)).text();
    const send = async (instance: string) => {
      const body = JSON.stringify({ name: 'Orion', version: '1.0', instance });
      return (await fetch(`${service.url}/api/v1/heartbeats`, { method: 'POST', body })).status;
    };
    const other = new DatabaseSync(join(service.dataDir, 'heartbeat.sqlite'), { timeout: 5_000 });
    other.exec(
      "CREATE TRIGGER refusal BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no events'); END",
    );
    const endMs = Date.now() + 4_000;
    for (let n = 0; Date.now() < endMs; n++) {
      expect(await send(`pod-${n}`)).toBe(202);
      expect(JSON.parse(await get('/health/ready'))).toEqual({ status: 'ready' });
      await delay(50);
    }
    expect(JSON.parse(await get('/health'))).toMatchObject({
      status: 'degraded',
      dependencies: { store: { status: 'down', detail: 'no events' } },
    });
    // Evaluations run, although their results have not been stored for long.
    aheadMs = 40_000;
    await delay(2_500);
    expect(JSON.parse(await get('/health/ready'))).toEqual({ status: 'ready' });
    expect(JSON.parse(await get('/health'))).toMatchObject({
      dependencies: { liveness: { detail: expect.stringMatching('has not been stored for 4') } },
    });
    const errors = service.lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ msg }) => msg)).toEqual([
      'store cannot write events and states, but heartbeats: they are accepted',
    ]);

    other.exec('DROP TRIGGER refusal');
    other.close();
    const isStored = async () => (await get('/api/v1/events?kind=started')).includes('pod-0');
    await until(isStored);
  });
});
