import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { startMock } from '../../monasca-mock/mock.ts';
import { allEvents, untilEvents } from '../support/event-reader.ts';
import { startLoad } from '../support/load.ts';
import { readMonasca } from '../support/monasca-reader.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { drained, metric } from '../support/pipeline-state.ts';
import { describeWith } from '../support/programs.ts';
import { type RedisServer, redisPrograms, startRedis } from '../support/redis.ts';
import { startSender } from '../support/sender.ts';
import { type Settings, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until, untilResult } from '../support/until.ts';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 10);
/** Without lone instances that become late while the machine is busy. */
const quick = { HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '20', HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '20' };

describeWith(redisPrograms, 'A service with Redis', () => {
  const opened: { stop(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.stop();
  });
  const keep = <T extends { stop(): Promise<unknown> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  const start = async (settings: Settings) => keep(await spawnService({ ...quick, ...settings }));
  const settingsFor = (redis: RedisServer, more: Settings = {}): Settings => ({
    HEARTBEAT_DATA_DIR: temporaryFolder(),
    HEARTBEAT_DESTINATIONS_REDIS_URL: redis.url,
    HEARTBEAT_DESTINATIONS_REDIS_MAX_CHANGES: '10000000',
    ...more,
  });
  const stateOf = (redis: RedisServer, instance: string) => async () =>
    (await redis.hash(`instance:Orion:1.0:${instance}`))['state'];

  it('follows the life of an instance', async () => {
    const redis = keep(await startRedis());
    const service = await start(settingsFor(redis));
    const sender = startSender(() => service.url, 'i-1');
    const state = stateOf(redis, 'i-1');
    await untilResult(state, (now) => now === 'up');
    sender.silence();
    await untilResult(state, (now) => now === 'down');
    expect(await redis.hash('component:Orion:1.0')).toMatchObject({ state: 'down', down: '1' });
    await sender.sendStopping();
    await untilResult(state, (now) => now === 'retired');
    await sender.end();
    await drained(service.url);
    const events = await allEvents(service.url);
    expect(await redis.messages('changes', 'id')).toEqual(events.map(({ id }) => id));
    expect(await redis.strings('service:Orion:*')).toEqual({
      'service:Orion:ok': expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
      'service:Orion:stopping': expect.any(String),
    });
  }, 60_000);

  it('accepts heartbeats while Redis is away, and delivers them later', async () => {
    const redis = keep(await startRedis());
    const service = await start(settingsFor(redis));
    await redis.kill();
    const load = startLoad(() => service.url, { prefix: 'x', pauseMs: 20 });
    const health = async () => JSON.parse(await (await fetch(`${service.url}/health`)).text());
    const isDown = async () => (await health()).dependencies.redis.status === 'down';
    await until(isDown);
    await delay(500);
    await load.stop();
    expect(load.unexpected).toEqual([]);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    const label = '{destination="redis"}';
    expect(await metric(service.url, 'heartbeat_destination_up', label)).toBe(0);
    expect(await metric(service.url, 'heartbeat_destination_behind_records', label)).toBe(
      load.acknowledged.size,
    );
    await redis.restart();
    await drained(service.url);
    const hashes = await redis.keys('instance:*');
    expect(new Set(hashes.map((key) => key.split(':').at(-1)))).toEqual(load.acknowledged);
  }, 60_000);

  it('writes the states anew into a Redis that lost its data', async () => {
    const redis = keep(await startRedis());
    const service = await start(settingsFor(redis));
    const lives = startSender(() => service.url, 'lives');
    const dies = startSender(() => service.url, 'dies');
    const stops = startSender(() => service.url, 'stops');
    await untilResult(stateOf(redis, 'dies'), (now) => now === 'up');
    await dies.end();
    await stops.sendStopping();
    await untilResult(stateOf(redis, 'dies'), (now) => now === 'down');
    await redis.command('FLUSHALL');
    await redis.restart();
    await untilResult(stateOf(redis, 'dies'), (now) => now === 'down');
    await untilResult(stateOf(redis, 'lives'), (now) => now === 'up');
    expect(await redis.keys('instance:*stops')).toEqual([]);
    const component = { state: 'up', up: '1', late: '0', down: '1' };
    expect(await redis.hash('component:Orion:1.0')).toMatchObject(component);
    await Promise.all([lives.end(), stops.end()]);
  }, 60_000);

  it('keeps nothing for a Redis that is no longer configured', async () => {
    const redis = keep(await startRedis());
    const settings = settingsFor(redis);
    const first = await start(settings);
    await redis.kill();
    const body = JSON.stringify({ name: 'Orion', version: '1.0', instance: 'i-1' });
    await fetch(`${first.url}/api/v1/heartbeats`, { method: 'POST', body });
    const waiting = (url: string) =>
      metric(url, 'heartbeat_outbox_records', '{stream="heartbeats"}');
    await until(async () => (await waiting(first.url)) === 1);
    await first.kill();
    const { HEARTBEAT_DESTINATIONS_REDIS_URL: _, ...without } = settings;
    const second = await start(without);
    expect(await waiting(second.url)).toBe(0);
    expect(second.lines.map(({ msg }) => msg)).toContain(
      'Redis is no longer configured: what waited for it is dropped',
    );
  }, 60_000);

  it(`loses nothing that was acknowledged, in ${rounds} rounds with a kill of Redis or of the service`, async () => {
    const redis = keep(await startRedis());
    const mock = await startMock({ keystonePort: 0, monascaPort: 0 });
    keep({ stop: mock.close });
    const settings = settingsFor(redis, openStackSettings(mock.keystoneUrl));
    let service = await spawnService({ ...quick, ...settings });
    const acknowledged = new Set<string>();
    const unexpected: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const load = startLoad(() => service.url, { prefix: `r${round}`, pauseMs: 5 });
      await delay(50 + Math.random() * 300);
      if (round % 2 === 0) await redis.kill();
      else await service.kill();
      await delay(Math.random() * 200);
      if (round % 2 === 0) await redis.restart();
      else service = await spawnService({ ...quick, ...settings });
      await load.stop();
      for (const instance of load.acknowledged) acknowledged.add(instance);
      unexpected.push(...load.unexpected);
    }
    keep(service);
    expect(unexpected).toEqual([]);
    await drained(service.url);

    const inRedis = (await redis.keys('instance:*')).map((key) => key.split(':').at(-1) ?? '');
    const lost = (found: Iterable<string>) => [...acknowledged.difference(new Set(found))];
    expect(lost(inRedis)).toEqual([]);
    const monasca = readMonasca(mock);
    const inMonasca = await monasca.instances();
    expect(lost(inMonasca)).toEqual([]);
    // One heartbeat each: more measurements than instances would be duplicates.
    expect(await monasca.measurements()).toBe(inMonasca.size);

    const events = await untilEvents(service.url, (all) => all.length >= acknowledged.size);
    const ids = events.map(({ id }) => id);
    const received = async () => new Set(await redis.messages('changes', 'id'));
    const set = await untilResult(received, (all) => ids.every((id) => all.has(id)));
    expect(set.size).toBe(ids.length);
    const component = { state: 'up', up: String(inRedis.length) };
    expect(await redis.hash('component:Orion:1.0')).toMatchObject(component);
    process.stderr.write(
      `${rounds} kills: ${acknowledged.size} acknowledged, ${inRedis.length} in Redis, ` +
        `${inMonasca.size} in Monasca, ${ids.length} events, 0 lost\n`,
    );
  }, 600_000);
});
