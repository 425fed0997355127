import { afterEach, describe, expect, it } from '@jest/globals';
import { type LocalService, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hour = 3_600_000;
const minute = 60_000;

let service: LocalService | undefined;
afterEach(() => service?.stop());

async function start(dataDir: string): Promise<LocalService> {
  service = await startService({ HEARTBEAT_DATA_DIR: dataDir, HEARTBEAT_STOP_DRAIN_SECONDS: '0' });
  return service;
}

async function query(target: string): Promise<unknown> {
  const answer = await fetch(`${service?.url}/api/v1/${target}`);
  expect({ target, status: answer.status }).toEqual({ target, status: 200 });
  return answer.json();
}

async function beat(instance: string, timesMs: readonly number[], more: object = {}) {
  const heartbeats = timesMs.map((timestamp) => ({
    ...{ name: 'Orion', version: '1.0', instance, timestamp: new Date(timestamp).toISOString() },
    ...more,
  }));
  const body = JSON.stringify(heartbeats);
  const answer = await fetch(`${service?.url}/api/v1/heartbeats`, { method: 'POST', body });
  expect(answer.status).toBe(202);
}

const every = (everyMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: Math.floor((toMs - fromMs) / everyMs) + 1 }, (_, n) => fromMs + n * everyMs);

describe('Results for a period', () => {
  it('count late heartbeats exactly, and are the same after a restart', async () => {
    const folder = temporaryFolder();
    await start(folder);
    const startMs = Math.floor(Date.now() / hour) * hour - 24 * hour;
    const at = (minutes: number) => startMs + minutes * minute;
    const iso = (minutes: number) => new Date(at(minutes)).toISOString();
    const target = `active?from=${iso(0)}&to=${iso(180)}&step=1h&by=name`;
    const rows = async () => {
      const all: object[] = Object(await query(target));
      return all.map((row) => Object.values(row).slice(2));
    };

    // Without an interval a heartbeat covers five minutes.
    await beat('a', every(4 * minute, at(10), at(30)));
    await beat('a', every(4 * minute, at(90), at(110)));
    await beat('b', [at(20)]);
    const before = [
      [2, 2, 2, 2],
      [1, 1, 1, 1],
      [0, 0, 0, 0],
    ];
    expect(await rows()).toEqual(before);

    // The heartbeats between the two presences of a, in any order and twice, and a new instance.
    const missing = every(4 * minute, at(30), at(90));
    await beat('a', missing.toReversed());
    await beat('a', missing);
    await beat('c', [at(179), at(61), at(60)]);
    const after = [
      [2, 2, 2, 1],
      [2, 2, 1, 2],
      [1, 1, 1, 1],
    ];
    expect(await rows()).toEqual(after);

    await service?.stop();
    await start(folder);
    expect(await rows()).toEqual(after);
    await beat('c', every(4 * minute, at(61), at(179)));
    expect(await rows()).toEqual([
      [2, 2, 2, 1],
      [2, 2, 1, 1],
      [1, 1, 0, 1],
    ]);
  });

  it('have the availability of components and instances', async () => {
    await start(temporaryFolder());
    const nowMs = Date.now();
    await beat('a', every(4 * minute, nowMs - 60 * minute, nowMs - 36 * minute));
    await beat('a', every(4 * minute, nowMs - 12 * minute, nowMs));
    await beat('b', [nowMs], { version: '2.0' });
    const { availability } = Object(await query('availability?from=now-2h'));
    expect(availability).toMatchObject([
      { name: 'Orion', version: '1.0', outages: 1, since: new Date(nowMs - hour).toISOString() },
      { name: 'Orion', version: '2.0', outages: 0 },
    ]);
    const [{ availability: share, longestOutageSeconds }] = availability;
    expect(longestOutageSeconds).toBe(24 * 60);
    expect(share).toBeGreaterThan(0.59);
    expect(share).toBeLessThan(0.61);
    const wanted = Object(
      await query('availability?from=now-2h&minInstances=2&name=Or*&version=1*'),
    );
    expect(wanted.availability).toMatchObject([{ availability: 0, outages: 1 }]);

    const { components } = Object(await query('components?from=now-2h'));
    expect(components).toMatchObject([
      {
        ...{ name: 'Orion', version: '1.0', availability: expect.closeTo(share, 2) },
        instances: { up: 1, late: 0, down: 0, retired: 0 },
      },
      { name: 'Orion', version: '2.0', instances: { up: 1 } },
    ]);

    const one = Object(await query('instances/Orion/1.0/a?include=presences,events'));
    expect(one).toMatchObject({
      state: 'up',
      presences: [
        { from: new Date(nowMs - 12 * minute).toISOString(), isOver: false },
        { to: new Date(nowMs - 36 * minute).toISOString(), isOver: true },
      ],
      events: [{ data: { kind: 'started' } }],
    });
  });

  it('have a component that was absent for the whole period', async () => {
    await start(temporaryFolder());
    const nowMs = Date.now();
    await beat('a', [nowMs]);
    await beat('old', [nowMs - 30 * 24 * hour], { version: '0.1' });
    const { availability } = Object(await query('availability?from=now-1h'));
    expect(availability.map(({ version }: { version: string }) => version)).toEqual(['1.0']);
    const { availability: before } = Object(await query('availability?from=now-31d&to=now-29d'));
    expect(before).toMatchObject([{ version: '0.1', availability: 0, outages: 1 }]);
  });
});
