import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { describeWith } from '../support/programs.ts';
import { type RedisServer, redisPrograms, startRedis } from '../support/redis.ts';
import { noAbort, openSinks } from './fixture.ts';

const atMs = Date.UTC(2026, 10, 30, 10);
const beat = (fields: Partial<Heartbeat> = {}): Heartbeat => {
  const { timestampMs = atMs } = fields;
  const identity = { name: 'Orion', version: '1.0', instance: 'i-1' };
  return { ...identity, timestampMs, receivedAtMs: timestampMs + 500, ...fields };
};
/** A heartbeat that waited at its sender for an hour. */
const replayed = (fields: Partial<Heartbeat> = {}): Heartbeat =>
  beat({ timestampMs: atMs - 3_600_000, receivedAtMs: atMs + 10_000, ...fields });

describeWith(redisPrograms, 'createHeartbeatSink', () => {
  let redis: RedisServer;
  let sinks: ReturnType<typeof openSinks>;
  const send = (...batch: Heartbeat[]) => sinks.heartbeats(batch, noAbort);

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    sinks = openSinks({ url: redis.url });
  });
  afterEach(() => sinks.close());

  it('writes a hash for the instance and one for the component', async () => {
    expect(await send(beat())).toEqual({ kind: 'delivered' });
    const identity = { name: 'Orion', version: '1.0', instance: 'i-1' };
    const since = '2026-11-30T10:00:00.500Z';
    expect(await redis.hash('instance:Orion:1.0:i-1')).toEqual({
      ...identity,
      lastHeartbeat: since,
      timestamp: '2026-11-30T10:00:00.000Z',
      status: 'ok',
      state: 'up',
      since,
    });
    expect(await redis.hash('component:Orion:1.0')).toEqual({
      ...identity,
      lastHeartbeat: since,
      state: 'up',
      since,
      up: '1',
      late: '0',
      down: '0',
    });
  });

  it("writes the subscriber's key without an end", async () => {
    await send(beat({ name: 'sda-doa' }));
    expect(await redis.strings('service:*')).toEqual({
      'service:sda-doa:ok': '2026-11-30 10:00:00 UTC',
    });
    expect(await redis.command('TTL', 'service:sda-doa:ok')).toBe(-1);
  });

  it('changes nothing when a batch is repeated', async () => {
    const batch = [beat(), beat({ instance: 'i-2' }), replayed({ instance: 'i-3' })];
    await send(...batch);
    const all = async () => ({
      hashes: await Promise.all((await redis.keys('*:1.0*:i-?')).map(redis.hash)),
      component: await redis.hash('component:Orion:1.0'),
      strings: await redis.strings('service:*'),
    });
    const before = await all();
    await send(...batch);
    expect(await all()).toEqual(before);
    expect(before.component).toMatchObject({ up: '2' });
  });

  it('keeps the newest of a batch and of several batches', async () => {
    await send(beat(), beat({ timestampMs: atMs + 20_000 }), beat({ timestampMs: atMs + 10_000 }));
    expect(await redis.hash('instance:Orion:1.0:i-1')).toMatchObject({
      timestamp: '2026-11-30T10:00:10.000Z',
    });
    // The subscriber's key has no instance: there the newest timestamp counts.
    const key = { 'service:Orion:ok': '2026-11-30 10:00:20 UTC' };
    expect(await redis.strings('service:*')).toEqual(key);
    await send(beat({ timestampMs: atMs + 5_000 }));
    expect(await redis.strings('service:*')).toEqual(key);
  });

  it('lets a replay neither replace a newer heartbeat nor show the instance as up', async () => {
    await send(beat());
    await send(replayed(), replayed({ instance: 'i-2' }));
    expect(await redis.hash('instance:Orion:1.0:i-1')).toMatchObject({
      timestamp: '2026-11-30T10:00:00.000Z',
    });
    expect(await redis.hash('instance:Orion:1.0:i-2')).not.toHaveProperty('state');
    expect(await redis.hash('component:Orion:1.0')).toMatchObject({ up: '1' });
  });

  it('does not show an instance as up that reports its end', async () => {
    await send(beat({ status: 'stopping' }));
    expect(await redis.hash('instance:Orion:1.0:i-1')).not.toHaveProperty('state');
  });

  it('gives every key an end if one is set, and the prefix', async () => {
    sinks.close();
    sinks = openSinks({ url: redis.url, ttlSeconds: 100, prefix: 'hb:' });
    await send(beat());
    const keys = await redis.keys('hb:*:*');
    expect(keys).toEqual([
      'hb:component:Orion:1.0',
      'hb:component:Orion:1.0:up',
      'hb:instance:Orion:1.0:i-1',
      'hb:service:Orion:ok',
    ]);
    expect(await redis.keys('[^h]*')).toEqual([]);
    for (const key of keys) expect(await redis.command('TTL', key)).toBeGreaterThan(90);
  });

  it('writes none of the keys of the subscriber where they are not wanted', async () => {
    sinks.close();
    sinks = openSinks({ url: redis.url, subscriberKeys: false });
    await send(beat());
    expect(await redis.keys('service:*')).toEqual([]);
  });

  it('stores hostile names unharmed', async () => {
    const names = ['a b', 'x:y', '"; FLUSHALL', 'Ünïcode 🎛', '*', '\\r\\n'];
    await send(...names.map((name) => beat({ name, version: name, instance: name })));
    const hashes = await Promise.all((await redis.keys('instance:*')).map(redis.hash));
    expect(hashes.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(await redis.keys('service:*')).toHaveLength(names.length);
  });

  it('rejects a heartbeat whose key belongs to another program, and not the others', async () => {
    await redis.command('SET', 'instance:Orion:1.0:i-2', 'x');
    const outcome = await send(beat(), beat({ instance: 'i-2' }), beat({ instance: 'i-3' }));
    expect(outcome).toEqual({ kind: 'rejected', detail: expect.stringContaining('WRONGTYPE') });
    expect(await send(beat({ instance: 'i-3' }))).toEqual({ kind: 'delivered' });
    expect(await redis.hash('instance:Orion:1.0:i-3')).toMatchObject({ state: 'up' });
  });
});
