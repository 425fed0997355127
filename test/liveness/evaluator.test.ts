import { describe, expect, it } from '@jest/globals';
import { createWorld, orion } from './fixture.ts';

describe('Evaluator', () => {
  it('reports an instance from its first heartbeat to its end', async () => {
    const world = createWorld({ liveness: { retireAfterSeconds: 3_600 } });
    const sender = world.sender(orion('a'), { intervalMs: 10_000 });
    await world.run(35_000);
    sender.isAlive = false;
    await world.run(16_000);
    expect(world.kinds()).toEqual(['started', 'late']);
    await world.run(20_000);
    expect(world.kinds()).toEqual(['started', 'late', 'down']);
    world.send(orion('a'), { intervalSeconds: 10 });
    await world.flush();
    expect(world.kinds()).toEqual(['started', 'late', 'down', 'recovered']);
    expect(world.disk.events.map(({ ageSeconds }) => ageSeconds)).toEqual([0, 20, 40, 41]);
    expect(world.disk.events[2]).toMatchObject({
      subject: orion('a'),
      state: 'down',
      previous: 'late',
      thresholds: { lateSeconds: 20, downSeconds: 40 },
      reason: 'No heartbeat for 40 s: down after 40 s.',
    });
    await world.run(41_000);
    expect(world.kinds().slice(4)).toEqual(['late', 'down']);
    await world.run(3_600_000);
    expect(world.kinds().slice(6)).toEqual(['retired']);
    expect(world.disk.events.at(-1)).toMatchObject({
      previous: 'down',
      reason: 'No heartbeat for 1 h: forgotten.',
      data: { cause: 'forgotten' },
    });
    expect(world.registry.size).toBe(0);
    expect(world.disk.rows.size).toBe(0);
    world.send(orion('a'));
    await world.flush();
    expect(world.kinds().slice(7)).toEqual(['started']);
  });

  it('has the times at which events became true, not at which they were found', async () => {
    const world = createWorld();
    await world.run(300);
    const heardAtMs = world.time.clock.now();
    world.send(orion('a'), { intervalSeconds: 10 });
    await world.run(60_000);
    const times = world.disk.events.map(({ atMs }) => atMs - heardAtMs);
    expect(times).toEqual([0, 20_000, 40_000]);
  });

  it.each([
    [
      'a rule before the interval',
      { rules: [{ name: 'O*', lateSeconds: 5, downSeconds: 7 }] },
      10,
      [5, 7],
    ],
    ['the interval', { rules: [{ name: 'O*', minInstances: 1 }] }, 10, [20, 40]],
    ['other factors', { lateIntervals: 1.5, downIntervals: 2 }, 10, [15, 20]],
    ['the defaults', { lateSeconds: 8, downSeconds: 11 }, undefined, [8, 11]],
    ['the shortest interval', {}, 1, [2, 4]],
  ])('finds absences by %s', async (_, liveness, intervalSeconds, seconds) => {
    const world = createWorld({ liveness });
    world.send(orion('a'), intervalSeconds === undefined ? {} : { intervalSeconds });
    await world.run(100_000);
    const found = world.disk.events.filter(({ kind }) => kind === 'late' || kind === 'down');
    expect(found.map(({ id }) => world.madeAtMs(id) / 1_000)).toEqual(seconds);
  });

  it('follows an interval that a sender changes, also to a shorter one', async () => {
    const world = createWorld();
    world.send(orion('a'), { intervalSeconds: 3_600 });
    await world.run(5_000);
    world.send(orion('a'), { intervalSeconds: 2 });
    await world.run(5_000);
    expect(world.kinds()).toEqual(['started', 'late']);
  });

  it('retires a stopping instance without alarm, and reports its return', async () => {
    const world = createWorld({ liveness: { retireAfterSeconds: 600 } });
    world.send(orion('a'), { intervalSeconds: 10 });
    await world.run(5_000);
    world.send(orion('a'), { status: 'stopping' });
    await world.run(300_000);
    expect(world.kinds()).toEqual(['started', 'retired']);
    expect(world.disk.events[1]).toMatchObject({ previous: 'up', data: { cause: 'stopping' } });
    world.send(orion('a'), { intervalSeconds: 10 });
    world.send(orion('a'), { status: 'stopping' });
    await world.run(700_000);
    expect(world.kinds().slice(2)).toEqual(['started', 'retired']);
    expect(world.registry.size).toBe(0);
  });

  it('does not revive a stopped instance by a heartbeat that was sent before', async () => {
    const world = createWorld();
    const beforeMs = world.time.clock.now();
    world.send(orion('a'), { intervalSeconds: 10 });
    await world.run(1_000);
    world.send(orion('a'), { status: 'stopping' });
    world.send(orion('a'), { intervalSeconds: 10, timestampMs: beforeMs + 500 });
    await world.run(100_000);
    expect(world.kinds()).toEqual(['started', 'retired']);
  });

  it('reports nothing of an instance whose first heartbeat says that it is stopping', async () => {
    const world = createWorld({ liveness: { retireAfterSeconds: 120 } });
    const beforeMs = world.time.clock.now();
    await world.run(1_000);
    world.send(orion('a'), { status: 'stopping' });
    // Was sent first, and received later.
    world.send(orion('a'), { intervalSeconds: 10, timestampMs: beforeMs });
    await world.run(100_000);
    expect([world.kinds(), world.registry.counts().retired]).toEqual([[], 1]);
    await world.run(30_000);
    expect([world.kinds(), world.registry.size]).toEqual([[], 0]);
  });

  it('removes an instance on request, and names the caller', async () => {
    const world = createWorld();
    world.send(orion('a'), { intervalSeconds: 10 });
    await world.run(50_000);
    expect(await world.evaluator.retire(orion('a'), 'ops')).toBe(true);
    expect(await world.evaluator.retire(orion('a'), 'ops')).toBe(true);
    expect(await world.evaluator.retire(orion('b'), 'ops')).toBe(false);
    world.kill();
    world.start();
    await world.run(100_000);
    expect(world.kinds()).toEqual(['started', 'late', 'down', 'retired']);
    expect(world.disk.events[3]).toMatchObject({
      reason: 'Removed by ops.',
      data: { cause: 'deleted', by: 'ops' },
    });
  });

  it('does not revive an instance by history', async () => {
    const world = createWorld();
    let timestampMs = world.time.clock.now() - 3_600_000;
    const old = () => {
      timestampMs += 10_000;
      return { timestampMs, intervalSeconds: 10 };
    };
    world.send(orion('new'), old());
    expect(world.registry.size).toBe(0);
    world.send(orion('a'), { intervalSeconds: 10 });
    for (let n = 0; n < 10; n++) {
      await world.run(5_000);
      world.send(orion('a'), old());
    }
    expect(world.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('keeps an instance alive by heartbeats that are old, but younger than the down threshold', async () => {
    const world = createWorld();
    for (let n = 0; n < 3; n++) {
      const timestampMs = world.time.clock.now() - 3_000_000;
      world.send(orion('a'), { timestampMs, intervalSeconds: 1_000 });
      await world.run(1_500_000);
    }
    expect(world.kinds()).toEqual(['started']);
  });

  it('changes nothing when heartbeats are applied again', async () => {
    const world = createWorld({ checkpointEveryMs: 3_600_000 });
    world.send(orion('a'), { intervalSeconds: 2 });
    await world.run(4_500);
    world.send(orion('b'), { intervalSeconds: 2 });
    await world.run(500);
    for (let n = 0; n < 5; n++) {
      world.kill();
      world.start();
    }
    expect(world.disk.cursor).toBe(0);
    await world.run(20_000);
    expect(world.kinds(orion('a'))).toEqual(['started', 'late', 'down']);
    expect(world.kinds(orion('b'))).toEqual(['started', 'late', 'down']);
  });

  it('makes an event again that did not reach the disk', async () => {
    const world = createWorld();
    world.send(orion('a'), { intervalSeconds: 2 });
    world.kill();
    expect(world.kinds()).toEqual([]);
    world.start();
    await world.run(20_000);
    expect(world.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('counts an evaluation only when its results are on disk', async () => {
    const world = createWorld();
    await world.run(3_000);
    await world.flush();
    expect(world.evaluations).toBe(3);
    expect(world.evaluator.status().ageMs).toBeLessThan(1_000);
    world.fill(true);
    await world.run(10_000);
    expect(world.evaluations).toBe(3);
    expect(world.evaluator.status().ageMs).toBeGreaterThanOrEqual(10_000);
    world.fill(false);
    await world.run(1_000);
    await world.flush();
    expect(world.evaluations).toBe(4);
  });

  it('evaluates by itself once it is started, and saves everything when it is stopped', async () => {
    const world = createWorld();
    world.send(orion('a'));
    await world.run(3_300);
    await world.stop();
    expect(world.disk.cursor).toBe(1);
    expect(JSON.parse(world.disk.settings.get('liveness.clock') ?? '')).toMatchObject({
      logicalMs: 3_300,
      checkpointMs: 3_300,
    });
  });

  it('has the threshold for any heartbeat', () => {
    const world = createWorld({
      liveness: { rules: [{ name: 'I*', lateSeconds: 1, downSeconds: 2 }] },
    });
    const beat = { ...orion('a'), timestampMs: 0, receivedAtMs: 0 };
    const { evaluator } = world;
    expect(evaluator.downMs(beat)).toBe(300_000);
    expect(evaluator.downMs({ ...beat, intervalSeconds: 5 })).toBe(20_000);
    expect(evaluator.downMs({ ...beat, name: 'IDAS', intervalSeconds: 5 })).toBe(2_000);
    world.send(orion('a'));
    expect(evaluator.downMs({ ...beat, intervalSeconds: 5 })).toBe(20_000);
  });
});
