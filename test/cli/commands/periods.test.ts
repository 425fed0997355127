import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../../monasca-mock/mock.ts';
import { runCli, runOnTerminal } from '../../support/cli.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import { drained } from '../../support/pipeline-state.ts';
import { describeWith } from '../../support/programs.ts';
import { type LocalService, startService } from '../../support/service.ts';

const hourMs = 3_600_000;
let mock: Mock;
let service: LocalService;

/** Three Orions for the last six hours, and one Cygnus that was there four hours ago. */
beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  service = await startService(openStackSettings(mock.keystoneUrl));
  const nowMs = Date.now();
  const beats = Array.from({ length: 37 }, (_, index) => nowMs - index * 600_000).flatMap(
    (timestamp) => [
      ...['o-1', 'o-2', 'o-3'].map((instance) => ({
        ...{ name: 'Orion', version: '1.0', instance, timestamp, interval: 600 },
      })),
      ...(Math.abs(timestamp - nowMs + 4 * hourMs) < hourMs / 2
        ? [{ name: 'Cygnus', version: '2.0', instance: 'c-1', timestamp, interval: 600 }]
        : []),
    ],
  );
  await fetch(`${service.url}/api/v1/heartbeats`, { method: 'POST', body: JSON.stringify(beats) });
  await drained(service.url);
});
afterAll(async () => {
  await service.stop();
  await mock.close();
});

const run = (...args: string[]) => runCli(args, { HEARTBEAT_URL: service.url });
const json = async (...args: string[]) => JSON.parse((await run(...args)).out);

describe('ge-heartbeat active', () => {
  it('counts active instances by component', async () => {
    expect(await json('active', '--since', '24h')).toMatchObject([
      { name: 'Cygnus', version: '2.0', active: 1, max: 1, ended: 1 },
      { name: 'Orion', version: '1.0', active: 3, max: 3, ended: 0 },
    ]);
    expect(await json('active', '--since', '2h', '--by', 'name')).toMatchObject([
      { name: 'Orion', active: 3 },
    ]);
    expect(await json('active', '--until', '5h', '--since', '24h', '--name', 'C*')).toEqual([]);
  });

  it('has a row for each step', async () => {
    const rows: unknown[] = await json('active', '--since', '3h', '--step', '1h', '--by', 'name');
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) {
      expect(row).toMatchObject({ time: expect.stringMatching(/Z$/), name: 'Orion', active: 3 });
    }
    const { out } = await run('active', '--since', '3h', '--step', '1h', '--format', 'csv');
    expect(out).toMatch(/^time,name,version,active,max,started,ended\n2\d{3}-.*,Orion,1\.0,3,3,/);
  });

  it('suggests a coarser step if the step is too fine', async () => {
    const { code, err } = await run('active', '--since', '400d', '--step', '1s');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringMatching(/^step: .* or more/) });
  });

  it('queries Monasca, and compares', async () => {
    expect(await json('active', '--since', '24h', '--source', 'monasca')).toMatchObject([
      { name: 'Cygnus', active: 1 },
      { name: 'Orion', active: 3 },
    ]);
    const compared = await run('active', '--since', '24h', '--compare', '--format', 'table');
    expect(compared).toMatchObject({ code: 0, out: 'No difference.\n' });
  });
});

describeWith(['script', 'stty'], 'ge-heartbeat active, on a terminal', () => {
  it('prints the trend over the period', async () => {
    const env = { HEARTBEAT_URL: service.url, NO_COLOR: '1' };
    const { out } = await runOnTerminal(['active', '--since', '8h'], env, 120);
    const [head, cygnus = '', orion = ''] = out.split('\r\n');
    expect(head).toMatch(/^NAME +VERSION +ACTIVE +MAX +STARTED +ENDED +OVER TIME$/);
    expect(cygnus).toMatch(/^Cygnus +2\.0 +1 +1 +1 +1 +▃{2,6}$/);
    expect(orion).toMatch(/^Orion +1\.0 +3 +3 +3 +0 +█{20,}$/);
  });
});

describe('ge-heartbeat components', () => {
  it('prints the components with their instances by state', async () => {
    const { out } = await run('components', '--format', 'csv');
    expect(out).toMatch(/^name,version,up,late,down,retired,firstSeen,lastBeat,availability\n/);
    expect(out).toMatch(/^Orion,1\.0,3,0,0,0,/m);
    const table = (await run('components', '--name', 'O*', '--format', 'table')).out;
    expect(table).toMatch(/^NAME .*\nOrion +1\.0 +3 +0 +0 +0 .* %/);
  });
});

describe('ge-heartbeat availability', () => {
  it('prints the share of the time, of components and of instances', async () => {
    const of = (...args: string[]) => json('availability', '--since', '2h', ...args);
    expect(await of('--name', 'Orion')).toMatchObject([{ name: 'Orion', outages: 0 }]);
    expect(await of('--by', 'instance', '--instance', 'o-*')).toHaveLength(3);
    const { out } = await run('availability', '--since', '2h', '--format', 'table');
    expect(out).toMatch(/Orion +1\.0 +.* % +0 +0 s +0 s/);
  });
});
