import { describe, expect, it } from '@jest/globals';
import { allEvents } from '../support/event-reader.ts';
import { failPointSettings } from '../support/fail-point.ts';
import { hbtdBeat, hbtdClient } from '../support/hbtd.ts';
import { hbtdProcess, hsmOf, settingsFor, startNode, told } from '../support/hbtd-world.ts';
import { spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const textOf = async (url: string) => (await fetch(url)).text();

describe('A State Manager that is not well', () => {
  it('receives only the latest state of each component when it is available again', async () => {
    const hsm = await hsmOf({ isAway: true });
    const { hbtdPort, url } = await hbtdProcess(settingsFor(hsm));
    const [dies, flickers] = ['x0', 'x1'].map((name) => startNode(() => hbtdPort, name));
    startNode(() => hbtdPort, 'x2');
    const client = hbtdClient(() => hbtdPort);
    const count = async (kind: string) =>
      (await allEvents(url)).filter(({ data }) => data.kind === kind).length;
    await until(async () => (await count('started')) === 3);
    dies?.silence();
    flickers?.silence();
    await until(async () => (await count('late')) >= 2);
    flickers?.resume();
    await until(async () => (await count('down')) >= 1 && (await count('recovered')) >= 1);
    expect(await client.get('health')).toMatchObject({ json: { HsmStatus: 'Not ready' } });

    await hsm.comeBack();
    await until(() => ['x0', 'x1', 'x2'].every((name) => hsm.told(name).length > 0));
    expect(hsm.told('x0')).toEqual([told.dead]);
    expect(hsm.told('x1')).toHaveLength(1);
    expect(hsm.told('x2')).toEqual([told.started]);
    await until(async () => (await client.get('health')).body.includes('"HsmStatus":"Ready"'));
    expect(await client.get('health')).toMatchObject({ json: { HsmStatus: 'Ready' } });
  }, 60_000);

  it('is queried until it is ready, may be slow, and rejects no component because of others', async () => {
    const hsm = await hsmOf();
    hsm.be('not-ready');
    hsm.refuse('x1');
    const { hbtdPort, url } = await hbtdProcess(settingsFor(hsm));
    for (const name of ['x0', 'x1', 'x2', 'x3']) startNode(() => hbtdPort, name);
    await until(() => hsm.asked.length > 2);
    expect(new Set(hsm.asked)).toEqual(new Set(['GET /service/ready']));
    hsm.be('failing');
    await until(() => hsm.asked.filter((what) => what.startsWith('PATCH')).length > 2);
    hsm.be('well');
    hsm.slowDown(400);
    const others = ['x0', 'x2', 'x3'];
    await until(() => others.every((name) => hsm.told(name).length > 0));
    for (const name of others) expect([...new Set(hsm.told(name))]).toEqual([told.started]);
    const letters = `${url}/api/v1/dead-letters?destination=notifier.hbtd.state-manager`;
    await until(async () => (await textOf(letters)).includes('"total":1'));
    expect(await textOf(letters)).toContain('"instance":"x1"');
  }, 60_000);

  it('receives a death even if the service is killed while it reports it', async () => {
    const file = 'notify/state-manager/state-manager.ts';
    const places = [
      { file, line: 'if (newest.size > 0) await removeStale' },
      { file, line: '// `retry` first: while one request must wait' },
    ];
    // The third time: started, late, down.
    const runs = places.map(async (place) => {
      const hsm = await hsmOf();
      const settings = settingsFor(hsm, { HEARTBEAT_DATA_DIR: temporaryFolder() });
      const dying = await spawnService({ ...settings, ...failPointSettings({ ...place, hit: 3 }) });
      const node = startNode(() => dying.hbtdPort, 'x0');
      await until(() => hsm.told('x0').length === 1);
      node.silence();
      const { signal } = await dying.exited;
      await hbtdProcess(settings);
      await until(() => hsm.told('x0').includes(told.dead));
      // What was on its way when it died may have come twice.
      const all = hsm.told('x0');
      return { signal, told: all.filter((one, index) => one !== all[index - 1]) };
    });
    for (const run of await Promise.all(runs)) {
      expect(run).toEqual({ signal: 'SIGKILL', told: [told.started, told.warned, told.dead] });
    }
  }, 60_000);

  it('is told nothing while it is not wanted, and where it is, as the parameters say', async () => {
    const [first, second] = [await hsmOf(), await hsmOf()];
    const { hbtdPort, url } = await hbtdProcess(settingsFor(first, { HBTD_NOSM: '1' }));
    const { ask, get, post } = hbtdClient(() => hbtdPort);
    await post('heartbeat', hbtdBeat('x0'));
    // Passed over, and not only waiting.
    await until(async () => (await allEvents(url)).length === 1);
    await until(async () => /state-manager":\{[^}]*"behind":0/.test(await textOf(`${url}/health`)));
    expect(await get('health')).toMatchObject({ json: { HsmStatus: 'Not initialized' } });
    expect(await ask('PATCH', 'params', { Nosm: '0' })).toMatchObject({ status: 200 });
    await post('heartbeat', hbtdBeat('x1'));
    await until(() => first.told('x1').length === 1);
    await ask('PATCH', 'params', { Sm_url: second.url, Sm_timeout: '1' });
    await post('heartbeat', hbtdBeat('x2'));
    await until(() => second.told('x2').length === 1);
    expect(first.told('x0')).toEqual([]);
    expect(second.told('x1')).toEqual([]);
  }, 60_000);
});
