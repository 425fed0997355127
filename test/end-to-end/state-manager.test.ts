import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { allEvents } from '../support/event-reader.ts';
import { failPointSettings } from '../support/fail-point.ts';
import { hbtdBeat, hbtdClient } from '../support/hbtd.ts';
import { hbtdProcess, hsmOf, messages, settingsFor, startNode } from '../support/hbtd-fixture.ts';
import { spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** Sends a heartbeat of each component, 50 at a time. */
async function beatAll(port: number, names: readonly string[]): Promise<void> {
  const waiting = [...names];
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const send = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      await beat(port, name, agent);
    }
  };
  await Promise.all(Array.from({ length: 50 }, send));
  agent.destroy();
}

function beat(port: number, name: string, agent: Agent): Promise<void> {
  const path = `/hmi/v1/heartbeat/${name}`;
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent };
    request(options, (response) => {
      response.resume();
      response.once('end', resolve);
    })
      .once('error', reject)
      .end('{"Status":"OK","Timestamp":"T0"}');
  });
}

/** No node is late during the test. */
const patient = { HBTD_ERRTIME: '900', HBTD_WARNTIME: '600' };

const textOf = async (url: string) => (await fetch(url)).text();

describe('A State Manager that is not well', () => {
  it('receives only the latest state of each component when it is available again', async () => {
    const hsm = await hsmOf({ isClosed: true });
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

    await hsm.listen();
    await until(() => ['x0', 'x1', 'x2'].every((name) => hsm.messagesAbout(name).length > 0));
    expect(hsm.messagesAbout('x0')).toEqual([messages.dead]);
    expect(hsm.messagesAbout('x1')).toHaveLength(1);
    expect(hsm.messagesAbout('x2')).toEqual([messages.started]);
    await until(async () => (await client.get('health')).body.includes('"HsmStatus":"Ready"'));
    expect(await client.get('health')).toMatchObject({ json: { HsmStatus: 'Ready' } });
  }, 60_000);

  it('is queried until it is ready, may be slow, and rejects no component because of others', async () => {
    const hsm = await hsmOf();
    hsm.setState('not-ready');
    hsm.refuse('x1');
    const { hbtdPort, url } = await hbtdProcess(settingsFor(hsm));
    for (const name of ['x0', 'x1', 'x2', 'x3']) startNode(() => hbtdPort, name);
    await until(() => hsm.requests.length > 2);
    expect(new Set(hsm.requests)).toEqual(new Set(['GET /service/ready']));
    hsm.setState('failing');
    await until(() => hsm.requests.filter((request) => request.startsWith('PATCH')).length > 2);
    hsm.setState('ready');
    hsm.slowDown(400);
    const others = ['x0', 'x2', 'x3'];
    await until(() => others.every((name) => hsm.messagesAbout(name).length > 0));
    for (const name of others)
      expect([...new Set(hsm.messagesAbout(name))]).toEqual([messages.started]);
    const letters = `${url}/api/v1/dead-letters?destination=notifier.hbtd.state-manager`;
    expect(await textOf(letters)).toContain('"total":0');
    hsm.slowDown(0);
    hsm.accept('x1');
    await until(() => hsm.messagesAbout('x1').includes(messages.started));
  }, 60_000);

  it('receives a few requests when 12,000 nodes start', async () => {
    const hsm = await hsmOf();
    const { hbtdPort } = await hbtdProcess(settingsFor(hsm, { ...patient }));
    const names = Array.from(
      { length: 12_000 },
      (_, index) =>
        `x${1 + Math.floor(index / 512)}c${index % 8}s${Math.floor(index / 8) % 64}b0n0`,
    );
    await beatAll(hbtdPort, names);
    const told = () => new Set(hsm.patches.flatMap(({ ComponentIDs }) => ComponentIDs));
    await until(() => told().size === names.length);
    expect(hsm.requests.length).toBeLessThanOrEqual(50);
  }, 120_000);

  it('receives what has changed while the parameters disabled it, also before a restart', async () => {
    const hsm = await hsmOf();
    const settings = settingsFor(hsm, {
      HEARTBEAT_DATA_DIR: temporaryFolder(),
      ...patient,
    });
    const first = await hbtdProcess(settings);
    const client = hbtdClient(() => first.hbtdPort);
    await client.post('heartbeat', hbtdBeat('x0'));
    await until(() => hsm.messagesAbout('x0').length === 1);
    await client.ask('PATCH', 'params', { Nosm: '1' });
    await client.post('heartbeat', hbtdBeat('x1'));
    await delay(1_500);
    expect(await textOf(`${first.url}/health`)).toMatch(/hbtd.state-manager":\{"status":"up"/);
    await first.stop();
    const second = await hbtdProcess(settings);
    const again = hbtdClient(() => second.hbtdPort);
    await again.post('heartbeat', hbtdBeat('x2'));
    await delay(1_500);
    expect(hsm.messagesAbout('x1')).toEqual([]);
    const beganAt = performance.now();
    await again.ask('PATCH', 'params', { Nosm: '0' });
    await until(() =>
      ['x1', 'x2'].every((name) => hsm.messagesAbout(name).includes(messages.started)),
    );
    expect(performance.now() - beganAt).toBeLessThan(3_000);
    expect(hsm.messagesAbout('x0')).toEqual([messages.started]);
  }, 60_000);

  it('receives a death even if the service is killed while it reports it', async () => {
    const file = 'notify/state-manager/state-manager.ts';
    const places = [
      { file, line: 'const notReady = await readiness.check' },
      { file, line: 'const failure = failures.find' },
    ];
    // The third time: started, late, down.
    const runs = places.map(async (place) => {
      const hsm = await hsmOf();
      const settings = settingsFor(hsm, { HEARTBEAT_DATA_DIR: temporaryFolder() });
      const dying = await spawnService({ ...settings, ...failPointSettings({ ...place, hit: 3 }) });
      const node = startNode(() => dying.hbtdPort, 'x0');
      await until(() => hsm.messagesAbout('x0').length === 1);
      node.silence();
      const { signal } = await dying.exited;
      await hbtdProcess(settings);
      await until(() => hsm.messagesAbout('x0').includes(messages.dead));
      // A message that was being sent at the kill may have arrived twice.
      const all = hsm.messagesAbout('x0');
      return { signal, received: all.filter((one, index) => one !== all[index - 1]) };
    });
    for (const run of await Promise.all(runs)) {
      expect(run).toEqual({
        signal: 'SIGKILL',
        received: [messages.started, messages.warned, messages.dead],
      });
    }
  }, 60_000);

  it('receives nothing while the parameters disable it, and messages at the URL that they name', async () => {
    const [first, second] = [await hsmOf(), await hsmOf()];
    const { hbtdPort, url } = await hbtdProcess(settingsFor(first, { HBTD_NOSM: '1', ...patient }));
    const { ask, get, post } = hbtdClient(() => hbtdPort);
    await post('heartbeat', hbtdBeat('x0'));
    // Skipped, and not only waiting.
    await until(async () => (await allEvents(url)).length === 1);
    await until(async () => /state-manager":\{[^}]*"behind":0/.test(await textOf(`${url}/health`)));
    expect(await get('health')).toMatchObject({ json: { HsmStatus: 'Not initialized' } });
    expect(await ask('PATCH', 'params', { Nosm: '0' })).toMatchObject({ status: 200 });
    await post('heartbeat', hbtdBeat('x1'));
    await until(() => first.messagesAbout('x1').length === 1);
    await ask('PATCH', 'params', { Sm_url: second.url, Sm_timeout: '1' });
    await post('heartbeat', hbtdBeat('x2'));
    await until(() => second.messagesAbout('x2').length === 1);
    expect(first.messagesAbout('x0')).toEqual([]);
    expect(second.messagesAbout('x1')).toEqual([]);
  }, 60_000);
});
