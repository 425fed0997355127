import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { startFakeKafka } from '../support/fake-kafka.ts';
import { hbtdBeat, hbtdClient } from '../support/hbtd.ts';
import {
  adopt,
  hbtdProcess,
  hsmOf,
  messages,
  settingsFor,
  startNode,
} from '../support/hbtd-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort, startTestServer, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { createWallClock } from '../support/wall-clock.ts';

describe('A component of the hbtd profile that stops', () => {
  it('causes a warning, then an alert, then a start; or a restart after the warning', async () => {
    const hsm = await hsmOf();
    const { hbtdPort } = await hbtdProcess(settingsFor(hsm));
    const port = () => hbtdPort;
    const [dies, falters] = [startNode(port, 'x0'), startNode(port, 'x1')];
    startNode(port, 'x2');
    const { isBeating } = hbtdClient(port);
    const hasArrived = (name: string, message: string) =>
      until(() => hsm.messagesAbout(name).includes(message));
    await Promise.all(['x0', 'x1', 'x2'].map((name) => hasArrived(name, messages.started)));
    dies.silence();
    falters.silence();
    await hasArrived('x1', messages.warned);
    falters.resume();
    await hasArrived('x0', messages.warned);
    expect(await isBeating('x0')).toBe(true);
    await hasArrived('x0', messages.dead);
    expect(await isBeating('x0')).toBe(false);
    dies.resume();
    await until(() => hsm.messagesAbout('x0').length === 4);
    expect(hsm.messagesAbout('x0')).toEqual([
      messages.started,
      messages.warned,
      messages.dead,
      messages.started,
    ]);
    await hasArrived('x1', messages.restarted);
    expect(hsm.messagesAbout('x1')).toEqual([
      messages.started,
      messages.warned,
      messages.restarted,
    ]);
    // Many evaluations ran between its heartbeats.
    expect(hsm.messagesAbout('x2')).toEqual([messages.started]);
  }, 60_000);

  it('causes no false alarm of others when the clock is set', async () => {
    const hsm = await hsmOf();
    const clock = createWallClock();
    const { hbtdPort } = await hbtdProcess(settingsFor(hsm, clock.settings));
    const nodes = ['x0c0s0b0n0', 'x0c0s1b0n0'].map((name) => startNode(() => hbtdPort, name));
    await until(
      () =>
        hsm.messagesAbout('x0c0s0b0n0').length === 1 &&
        hsm.messagesAbout('x0c0s1b0n0').length === 1,
    );
    for (const offsetMs of [3_600_000, -3_600_000]) {
      await clock.set(offsetMs);
      await delay(1_500);
    }
    nodes[1]?.silence();
    await until(() => hsm.messagesAbout('x0c0s1b0n0').length === 3);
    expect(hsm.messagesAbout('x0c0s0b0n0')).toEqual([messages.started]);
    expect(hsm.messagesAbout('x0c0s1b0n0')).toEqual([
      messages.started,
      messages.warned,
      messages.dead,
    ]);
  }, 60_000);
});

describe('Telemetry of the hbtd profile', () => {
  it('is posted while it is enabled', async () => {
    const server: TestServer = adopt(await startTestServer());
    const hsm = { url: `http://127.0.0.1:${await freePort()}` };
    const settings = settingsFor(hsm, { HEARTBEAT_PROFILES_HBTD_TELEMETRY_URL: `${server.url}/t` });
    const { hbtdPort } = await hbtdProcess(settings);
    const { ask, get, post } = hbtdClient(() => hbtdPort);
    expect(await get('health')).toMatchObject({ json: { MsgBus: 'Connected and OPEN' } });
    await post('heartbeat', hbtdBeat('x0'));
    await until(() => server.received.length === 3);
    const posted = server.received.map(({ body }) => JSON.parse(body));
    expect(posted.map(({ ID, NewState, NewFlag }) => [ID, NewState, NewFlag])).toEqual([
      ['x0', 'Ready', 'OK'],
      ['x0', 'Ready', 'Warning'],
      ['x0', 'Standby', 'Alert'],
    ]);
    await ask('PATCH', 'params', { Use_telemetry: 'no' });
    expect(await get('health')).toMatchObject({ json: { MsgBus: 'Not Connected' } });
    await post('heartbeat', hbtdBeat('x0'));
    await delay(500);
    expect(server.received).toHaveLength(3);
  }, 60_000);

  it("has the sender's own text of the time of its last heartbeat, also after a crash", async () => {
    const server: TestServer = adopt(await startTestServer());
    const settings = settingsFor(
      { url: `http://127.0.0.1:${await freePort()}` },
      {
        HEARTBEAT_DATA_DIR: temporaryFolder(),
        HEARTBEAT_PROFILES_HBTD_TELEMETRY_URL: `${server.url}/t`,
      },
    );
    const first = await hbtdProcess(settings);
    const { post } = hbtdClient(() => first.hbtdPort);
    await post('heartbeat', hbtdBeat('x0', { Timestamp: 'the first' }));
    await post('heartbeat/x0', { Status: 'OK', Timestamp: 'the <last>' });
    await until(() => server.received.length === 2);
    await first.kill();
    await hbtdProcess(settings);
    await until(() => server.received.some(({ body }) => body.includes('Standby')));
    const times = server.received.map(({ body }) => {
      const { NewFlag, LastHBTimeStamp } = JSON.parse(body);
      return `${NewFlag}: ${LastHBTimeStamp}`;
    });
    // A message that was being sent at the crash may arrive twice.
    expect([...new Set(times)]).toEqual([
      'OK: the first',
      'Warning: the <last>',
      'Alert: the <last>',
    ]);
  }, 60_000);

  it('is sent to Kafka, and to another topic when the parameter changes', async () => {
    const kafka = await startFakeKafka({ beats: 2, others: 2 });
    const hsm = { url: `http://127.0.0.1:${await freePort()}` };
    const settings = settingsFor(hsm, { HBTD_TELEMETRY_HOST: `${kafka.address}:beats` });
    const { hbtdPort } = await hbtdProcess(settings);
    const { ask, get, post } = hbtdClient(() => hbtdPort);
    expect(await get('health')).toMatchObject({ json: { MsgBus: 'Connected and OPEN' } });
    await post('heartbeat', hbtdBeat('x0'));
    await until(() => kafka.messages.length === 3);
    const sent = kafka.messages.map(({ value }) => JSON.parse(value));
    expect(sent.map(({ ID, NewFlag }) => [ID, NewFlag])).toEqual([
      ['x0', 'OK'],
      ['x0', 'Warning'],
      ['x0', 'Alert'],
    ]);
    expect(new Set(kafka.messages.map(({ topic }) => topic))).toEqual(new Set(['beats']));
    const others = `${kafka.address}:others`;
    await ask('PATCH', 'params', { Telemetry_host: others });
    expect(await get('params')).toMatchObject({ json: { Telemetry_host: others } });
    await post('heartbeat', hbtdBeat('x0'));
    await until(() => kafka.messages.some(({ topic }) => topic === 'others'));
    await kafka.stop();
  }, 60_000);
});
