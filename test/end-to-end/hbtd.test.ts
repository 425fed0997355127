import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { hbtdBeat, hbtdClient } from '../support/hbtd.ts';
import { adopt, hbtdProcess, hsmOf, settingsFor, startNode, told } from '../support/hbtd-world.ts';
import { freePort, type Peer, startPeer } from '../support/peer.ts';
import { until } from '../support/until.ts';
import { createWallClock } from '../support/wall-clock.ts';

describe('A component of the hbtd profile that stops', () => {
  it('gives a warning, then an alert, and starts again; or restarts before', async () => {
    const hsm = await hsmOf();
    const { hbtdPort } = await hbtdProcess(settingsFor(hsm));
    const port = () => hbtdPort;
    const [dies, falters] = [startNode(port, 'x0'), startNode(port, 'x1')];
    startNode(port, 'x2');
    const { isBeating } = hbtdClient(port);
    const isTold = (name: string, what: string) => until(() => hsm.told(name).includes(what));
    await Promise.all(['x0', 'x1', 'x2'].map((name) => isTold(name, told.started)));
    dies.silence();
    falters.silence();
    await isTold('x1', told.warned);
    falters.resume();
    await isTold('x0', told.warned);
    expect(await isBeating('x0')).toBe(true);
    await isTold('x0', told.dead);
    expect(await isBeating('x0')).toBe(false);
    dies.resume();
    await until(() => hsm.told('x0').length === 4);
    expect(hsm.told('x0')).toEqual([told.started, told.warned, told.dead, told.started]);
    await isTold('x1', told.restarted);
    expect(hsm.told('x1')).toEqual([told.started, told.warned, told.restarted]);
    // Its heartbeats came while silence was looked for, many times.
    expect(hsm.told('x2')).toEqual([told.started]);
  }, 60_000);

  it('causes no false alarm of others when the clock is set', async () => {
    const hsm = await hsmOf();
    const clock = createWallClock();
    const { hbtdPort } = await hbtdProcess(settingsFor(hsm, clock.settings));
    const nodes = ['x0c0s0b0n0', 'x0c0s1b0n0'].map((name) => startNode(() => hbtdPort, name));
    await until(() => hsm.told('x0c0s0b0n0').length === 1 && hsm.told('x0c0s1b0n0').length === 1);
    for (const offsetMs of [3_600_000, -3_600_000]) {
      await clock.set(offsetMs);
      await delay(1_500);
    }
    nodes[1]?.silence();
    await until(() => hsm.told('x0c0s1b0n0').length === 3);
    expect(hsm.told('x0c0s0b0n0')).toEqual([told.started]);
    expect(hsm.told('x0c0s1b0n0')).toEqual([told.started, told.warned, told.dead]);
  }, 60_000);
});

describe('Telemetry of the hbtd profile', () => {
  it('is posted while it is wanted', async () => {
    const peer: Peer = adopt(await startPeer());
    const hsm = { url: `http://127.0.0.1:${await freePort()}` };
    const settings = settingsFor(hsm, { HEARTBEAT_PROFILES_HBTD_TELEMETRY_URL: `${peer.url}/t` });
    const { hbtdPort } = await hbtdProcess(settings);
    const { ask, get, post } = hbtdClient(() => hbtdPort);
    expect(await get('health')).toMatchObject({ json: { MsgBus: 'Connected and OPEN' } });
    await post('heartbeat', hbtdBeat('x0'));
    await until(() => peer.received.length === 3);
    const messages = peer.received.map(({ body }) => JSON.parse(body));
    expect(messages.map(({ ID, NewState, NewFlag }) => [ID, NewState, NewFlag])).toEqual([
      ['x0', 'Ready', 'OK'],
      ['x0', 'Ready', 'Warning'],
      ['x0', 'Standby', 'Alert'],
    ]);
    await ask('PATCH', 'params', { Use_telemetry: 'no' });
    expect(await get('health')).toMatchObject({ json: { MsgBus: 'Not Connected' } });
    await post('heartbeat', hbtdBeat('x0'));
    await delay(500);
    expect(peer.received).toHaveLength(3);
  }, 60_000);
});
