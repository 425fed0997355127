import { describe, expect, it } from '@jest/globals';
import { createWorld, orion, type World } from '../liveness/fixture.ts';
import { hour, liveness, silence, story, worldOf } from './fixture.ts';

describe('Evaluator: silences', () => {
  it('marks the events within one, and states go on', async () => {
    const world = worldOf([orion('a')]);
    const id = await silence(world);
    await world.run(20_000);
    world.send(orion('a'));
    await world.run(6_000);
    expect(story(world, 'a')).toBe('started (late) (down) (recovered) (late)');
    expect(world.disk.events.at(-1)?.silencedBy).toBe(id);
    expect(world.evaluator.silences.find(id)).toMatchObject({ state: 'active', author: 'Ann' });
  });

  it('has an event with its caller in the commit that saves it', async () => {
    const world = createWorld({ liveness });
    const id = await silence(world);
    expect(world.disk.events).toMatchObject([
      {
        kind: 'silence.created',
        subject: undefined,
        reason: expect.stringContaining('the database is moved'),
        data: {
          id,
          author: 'Ann',
          by: 'ops (10.0.0.1)',
          matchers: { name: 'Orion', instance: '*' },
        },
      },
    ]);
    expect(world.disk.settings.get(`liveness.silence/${id}`)).toContain('"phase":"active"');
  });

  it.each([
    [{ name: 'Ori?n' }, true],
    [{ name: 'Perseo' }, false],
    [{ version: '1.*' }, true],
    [{ version: '2' }, false],
    [{ instance: 'a' }, true],
    [{ name: 'Orion', instance: 'b' }, false],
  ])('covers by %j: %j', async (matchers, isCovered) => {
    const world = worldOf([orion('a')]);
    await silence(world, { matchers });
    await world.run(20_000);
    expect(story(world, 'a')).toBe(isCovered ? 'started (late) (down)' : 'started late down');
  });

  it('is not active before its time', async () => {
    const world = worldOf([orion('a')]);
    const from = world.time.clock.now() + 8_000;
    await silence(world, { from });
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started late (down)');
  });

  it('notifies the end of an alarm that was notified', async () => {
    const [a, b, c] = [orion('a'), orion('b'), orion('c')];
    const world = worldOf([a, b, c]);
    await world.run(6_000);
    world.send(c);
    await world.run(7_000);
    await silence(world);
    await world.run(2_000);
    world.send(a);
    await world.evaluator.retire(b);
    world.send(c);
    await world.run(1_000);
    expect(story(world, 'a')).toBe('started late down recovered');
    expect(story(world, 'b')).toBe('started late down retired');
    expect(story(world, 'c')).toBe('started late recovered late recovered');
  });

  it('notifies the recovery of an instance that was late before it and down within it', async () => {
    const world = worldOf([orion('a')]);
    await world.run(6_000);
    await silence(world);
    await world.run(10_000);
    world.send(orion('a'));
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started late (down) recovered (late) (down)');
  });

  it('reports each instance that is still down when it ends, once, with its name', async () => {
    const world = worldOf([orion('a'), orion('b')]);
    world.send(orion('b', '2.0'));
    const id = await silence(world, { durationSeconds: 30, matchers: { version: '1.*' } });
    await world.run(25_000);
    world.send(orion('b'));
    await world.run(60_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    const told = world.disk.events.find(({ kind }) => kind === 'still_down');
    expect(told).toMatchObject({
      state: 'down',
      previous: 'down',
      reason: expect.stringMatching(/still down, and the silence .* by Ann .* has ended/),
      data: { silence: id },
    });
    expect(world.kinds().filter((kind) => kind === 'silence.ended')).toHaveLength(1);
    expect(world.kinds({ version: '2.0' })).toEqual(['started', 'late', 'down']);
  });

  it('reports again the instances that were down before it began', async () => {
    const world = worldOf([orion('a')]);
    await world.run(15_000);
    await silence(world, { durationSeconds: 10 });
    await world.run(60_000);
    expect(story(world, 'a')).toBe('started late down still_down');
    world.send(orion('a'));
    await world.flush();
    expect(story(world, 'a')).toBe('started late down still_down recovered');
  });

  it('does not report what another silence covers', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 20 });
    await silence(world, { durationSeconds: 60, matchers: { instance: 'a' } });
    await world.run(50_000);
    expect(story(world, 'a')).toBe('started (late) (down)');
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
  });

  it('ends when it is deleted, and names the caller', async () => {
    const world = worldOf([orion('a')]);
    const id = await silence(world);
    await world.run(15_000);
    expect(await world.evaluator.silences.end(id, 'ops')).toBe('ended');
    expect(world.evaluator.silences.find(id)).toMatchObject({ state: 'expired', endedBy: 'ops' });
    await world.run(1_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(world.disk.events.find(({ kind }) => kind === 'silence.ended')).toMatchObject({
      data: { id, endedBy: 'ops', ending: 'deleted' },
    });
    expect(await world.evaluator.silences.end(id, 'again')).toBe('ended');
    expect(world.evaluator.silences.find(id)).toMatchObject({ endedBy: 'ops' });
    expect(await world.evaluator.silences.end('nobody')).toBe('unknown');
  });

  it('is active though the disk is full, says that it is not durable, and is durable later', async () => {
    const world = worldOf([orion('a')]);
    await world.run(1_000);
    world.fill(true);
    await expect(silence(world)).rejects.toThrow('the disk is full');
    expect(world.disk.settings.size).toBeLessThan(5);
    world.fill(false);
    await world.run(1_000);
    world.kill();
    world.start();
    await world.run(20_000);
    expect(world.evaluator.silences.list()).toMatchObject([{ state: 'active' }]);
    expect(story(world, 'a')).toBe('started (late) (down)');
  });

  it('accepts no more silences than it can match', async () => {
    const world = createWorld({ liveness });
    for (let n = 0; n < 1_000; n++) await silence(world, { durationSeconds: 100 });
    const more = { matchers: { name: 'x' }, durationSeconds: 1, reason: 'r', author: 'a' };
    expect(await world.evaluator.silences.create(more)).toEqual({ kind: 'too-many' });
    await world.run(102_000);
    expect(await world.evaluator.silences.create(more)).toMatchObject({ kind: 'made' });
  });

  it('forgets silences that are over after the retention', async () => {
    const world = createWorld({ liveness });
    await silence(world, { durationSeconds: 10 });
    await world.run(20_000);
    expect(world.evaluator.silences.list()).toHaveLength(1);
    world.time.stepWall(91 * 86_400_000);
    await world.run(2_000);
    expect(world.evaluator.silences.list()).toEqual([]);
    expect([...world.disk.settings.keys()].filter((key) => key.includes('silence/'))).toEqual([]);
  });
});

describe('Evaluator: silences and flapping', () => {
  const flapping = { changes: 2, seconds: 30 };

  async function flap(world: World, times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await world.run(7_000);
      world.send(orion('a'));
    }
  }

  it.each([
    [
      'is silenced within the silence in which it began',
      hour,
      'started (late) (recovered) (flapping) (calm)',
    ],
    ['is notified after it', 25, 'started (late) (recovered) (flapping) flapping calm'],
  ])('that an instance is calm %s', async (_, durationSeconds, expected) => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, flapping } });
    await silence(world, { durationSeconds });
    await flap(world, 2);
    const sender = world.sender(orion('a'), { intervalMs: 3_000, declares: false });
    await world.run(60_000);
    sender.isAlive = false;
    expect(story(world, 'a')).toBe(expected);
  });

  it.each([
    ['once when the silence ends', false],
    ['once when the silence ends, though the service was restarted within it', true],
  ])('repeats %s that an instance is still flapping', async (_, isRestarted) => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, flapping } });
    await silence(world, { durationSeconds: 40 });
    await flap(world, 3);
    if (isRestarted) {
      world.kill();
      world.start();
    }
    await flap(world, 6);
    expect(story(world, 'a')).toBe('started (late) (recovered) (flapping) flapping');
    await world.run(60_000);
    expect(story(world, 'a')).toMatch(/ \(flapping\) flapping calm$/);
  });

  it('does not repeat flapping that was notified before it began', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, flapping } });
    await flap(world, 2);
    await silence(world, { durationSeconds: 20 });
    await flap(world, 6);
    expect(story(world, 'a')).toBe('started late recovered flapping');
  });
});
