import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { createChangeSink, restoreStates } from '../../service/redis/changes.ts';
import { RedisConnection } from '../../service/redis/connection.ts';
import { anEvent, someEvents } from '../support/events.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { describeWith } from '../support/programs.ts';
import { type RedisServer, redisPrograms, startRedis } from '../support/redis.ts';
import { noAbort, openSinks, redisTarget } from './fixture.ts';

const atMs = 1_767_225_600_000;
const change = (
  instance: string,
  state: LivenessEvent['state'],
  more: Partial<LivenessEvent> = {},
) =>
  anEvent({
    kind: state === 'up' ? 'recovered' : (state ?? 'calm'),
    subject: { name: 'Orion', version: '1.0', instance },
    ...(state ? { state } : {}),
    ...more,
  });

describeWith(redisPrograms, 'createChangeSink', () => {
  let redis: RedisServer;
  let sinks: ReturnType<typeof openSinks>;
  const send = (...batch: LivenessEvent[]) => sinks.changes(batch, noAbort);
  const component = () => redis.hash('component:Orion:1.0');
  const instance = (name: string) => redis.hash(`instance:Orion:1.0:${name}`);

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    sinks = openSinks({ url: redis.url });
  });
  afterEach(() => sinks.close());

  it('writes the state of the instance, and a message with the event', async () => {
    const event = change('i-1', 'down');
    expect(await send(event)).toEqual({ kind: 'delivered' });
    expect(await instance('i-1')).toEqual({
      ...{ name: 'Orion', version: '1.0', instance: 'i-1' },
      state: 'down',
      since: '2026-01-01T00:00:00.000Z',
      event: event.id,
    });
    expect(await redis.messages('changes', 'id')).toEqual([event.id]);
    expect(await redis.messages('changes', 'kind')).toEqual(['down']);
    const [text = ''] = await redis.messages('changes', 'event');
    expect(JSON.parse(text)).toMatchObject({ specversion: '1.0', id: event.id });
  });

  it('keeps the time of the state when an event repeats it', async () => {
    const later = { atMs: atMs + 60_000 };
    await send(change('i-1', 'down'), change('i-1', 'down', { kind: 'still_down', ...later }));
    expect(await instance('i-1')).toMatchObject({ since: '2026-01-01T00:00:00.000Z' });
  });

  it('gives a component the best state of its instances, with their numbers', async () => {
    await send(change('a', 'up'), change('b', 'late'), change('c', 'down'));
    expect(await component()).toMatchObject({ state: 'up', up: '1', late: '1', down: '1' });
    await send(change('a', 'down'));
    expect(await component()).toMatchObject({ state: 'late', up: '0', late: '1', down: '2' });
    await send(change('b', 'down'), change('a', 'retired'));
    expect(await component()).toMatchObject({ state: 'down', late: '0', down: '2' });
    await send(change('b', 'retired'), change('c', 'retired'));
    expect(await component()).toMatchObject({ state: 'retired', down: '0' });
  });

  it('reaches the same hashes when batches are repeated in other pieces', async () => {
    const events = [change('a', 'up'), change('a', 'late'), change('a', 'down'), change('b', 'up')];
    await send(...events);
    await send(...events.slice(1));
    expect(await component()).toMatchObject({ state: 'up', up: '1', late: '0', down: '1' });
    expect(await instance('a')).toMatchObject({ state: 'down' });
  });

  it('gives the keys of what is retired an end, and takes it away at a return', async () => {
    await send(change('a', 'retired'));
    const keys = ['instance:Orion:1.0:a', 'component:Orion:1.0'];
    for (const key of keys) expect(await redis.command('TTL', key)).toBeGreaterThan(86_000);
    await send(change('a', 'up', { kind: 'started' }));
    for (const key of keys) expect(await redis.command('TTL', key)).toBe(-1);
  });

  it('lets a heartbeat that was delivered later not replace the state', async () => {
    await send(change('i-1', 'down'));
    await sinks.heartbeats(someHeartbeats(1), noAbort);
    expect(await instance('i-1')).toMatchObject({
      state: 'down',
      lastHeartbeat: expect.anything(),
    });
    expect(await component()).toMatchObject({ state: 'down', up: '0', down: '1' });
  });

  it('writes the health of a component that requires a number of instances', async () => {
    const subject = { name: 'Orion', version: '1.0' };
    const body = { kind: 'component.degraded', subject, data: { health: 'degraded' } } as const;
    await send(anEvent({ ...body }));
    expect(await component()).toEqual({ ...subject, health: 'degraded' });
  });

  it('writes messages without keys for events of the service and of patterns', async () => {
    await send(
      anEvent({ kind: 'mass_outage', subject: undefined }),
      anEvent({ kind: 'component.never_seen', subject: { name: 'Ori*', version: '*' } }),
    );
    expect(await redis.keys()).toEqual(['changes', 'restored']);
    expect(await redis.messages('changes', 'kind')).toHaveLength(2);
  });

  it('keeps about as many messages as are wanted', async () => {
    sinks.close();
    sinks = openSinks({ url: redis.url, maxChanges: 200 });
    for (let n = 0; n < 10; n++) await send(...someEvents(100, n * 100));
    expect(Number(await redis.command('XLEN', 'changes'))).toBeLessThan(400);
  });

  it('sends no message of a batch that is rejected', async () => {
    await redis.command('SET', 'instance:Orion:1.0:b', 'x');
    const batch = [change('a', 'down'), change('b', 'down')];
    expect((await send(...batch)).kind).toBe('rejected');
    expect(await redis.keys('changes')).toEqual([]);
  });

  it('are written from the whole log into a Redis that has none of them', async () => {
    sinks.close();
    const down = someEvents(1_500).map((event) => ({ ...event, state: 'down' as const }));
    const events = [
      ...down,
      change('i-7', 'up'),
      change('i-8', 'retired'),
      anEvent({ kind: 'mass_outage', subject: undefined }),
      change('other', 'retired', {
        subject: { name: 'Gone', version: '1.0', instance: 'other' },
      }),
    ];
    const log = {
      head: () => events.length,
      read: (afterSeq: number, limit: number) => ({
        firstSeq: afterSeq + 1,
        records: events.slice(afterSeq, afterSeq + limit),
      }),
    };
    const target = redisTarget({ url: redis.url });
    const connection = new RedisConnection(target, (send) => restoreStates(log, target, send));
    const sink = createChangeSink({ ...target, connection });
    const last = change('i-9', 'up');
    expect(await sink([last], noAbort)).toEqual({ kind: 'delivered' });
    connection.close();
    expect(await component()).toMatchObject({ state: 'up', up: '2', down: '1497' });
    expect(await instance('i-1500')).toMatchObject({ state: 'down' });
    expect(await redis.keys('instance:Orion:1.0:i-8')).toEqual([]);
    expect(await redis.keys('*Gone*')).toEqual([]);
    // The messages were sent before.
    expect(await redis.messages('changes', 'id')).toEqual([last.id]);
  });
});
