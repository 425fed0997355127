import { describe, expect, it } from '@jest/globals';
import { createWorld, orion, type World } from '../liveness/fixture.ts';
import { liveness, minute, silence, story, worldOf } from './fixture.ts';

describe('Evaluator: silences over restarts', () => {
  it.each([0, 5_000, 14_000, 25_000])('is active after a crash at %d ms', async (crashMs) => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 100 });
    await world.run(crashMs);
    world.kill();
    world.start();
    await world.run(40_000);
    expect(story(world, 'a')).toBe('started (late) (down)');
    await world.run(100_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    world.kill();
    world.start();
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
  });

  it('ends while the service is down, and reports that after the start', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 60 });
    await world.run(20_000);
    world.kill();
    await world.run(100_000);
    world.start();
    await world.run(3_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(world.kinds().filter((kind) => kind === 'silence.ended')).toHaveLength(1);
  });

  it.each([
    ['were silenced', 0, 30_500],
    ['were notified before it', 16_000, 14_500],
  ])(
    'reports each instance once when it dies while it reports many that %s',
    async (_, beforeMs, ms) => {
      const fleet = Array.from({ length: 3_000 }, (_, n) => orion(`i${n}`));
      const all = { ...liveness, massOutage: { share: 1 } };
      const world = worldOf(fleet, { liveness: all, checkpointEveryMs: 1e9 });
      await world.run(beforeMs);
      await silence(world, {
        durationSeconds: 30 - beforeMs / 1_000,
        matchers: { instance: 'i?*' },
      });
      await world.run(ms);
      const told = () =>
        world.disk.events.filter(({ kind }) => kind === 'still_down').map(({ subject }) => subject);
      expect(told().length).toBeGreaterThan(0);
      expect(told().length).toBeLessThan(3_000);
      world.kill();
      world.start();
      await world.run(10_000);
      expect(told()).toHaveLength(3_000);
      expect(new Set(told().map((subject) => JSON.stringify(subject))).size).toBe(3_000);
    },
  );
});

describe('Evaluator: silences and the wall clock', () => {
  const states = (world: World) => world.evaluator.silences.list().map(({ state }) => state);

  it('ends with the clock that is set forward, and is active again when it is set back', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 1_800 });
    await world.run(20_000);
    world.time.stepWall(60 * minute);
    await world.run(3_000);
    expect([states(world), story(world, 'a')]).toEqual([
      ['expired'],
      'started (late) (down) still_down',
    ]);
    world.time.stepWall(-60 * minute);
    await world.run(3_000);
    world.send(orion('a'));
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([
      ['active'],
      'started (late) (down) still_down recovered (late) (down)',
    ]);
  });

  it('stays active when the clock is set back, if it was active from the beginning', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 1_800 });
    world.time.stepWall(-60 * minute);
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([['active'], 'started (late) (down)']);
    world.kill();
    world.start();
    await world.run(2_000);
    expect(states(world)).toEqual(['active']);
  });

  it('waits again when the clock is set back to before the time that it was given', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { from: world.time.clock.now() + 30 * minute });
    await world.run(1_000);
    world.time.stepWall(60 * minute);
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([['active'], 'started (late) (down)']);
    world.time.stepWall(-60 * minute);
    await world.run(3_000);
    expect([states(world), story(world, 'a')]).toEqual([
      ['pending'],
      'started (late) (down) still_down',
    ]);
    expect(world.kinds()).not.toContain('silence.ended');
  });

  it('is not active again when it was deleted', async () => {
    const world = worldOf([orion('a')]);
    const id = await silence(world);
    await world.evaluator.silences.end(id);
    await world.run(2_000);
    world.time.stepWall(-60 * minute);
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([['expired'], 'started late down']);
  });

  it('passes over a silence whose time never came', async () => {
    const world = createWorld({ liveness });
    await silence(world, { from: world.time.clock.now() + minute, durationSeconds: 60 });
    world.time.stepWall(60 * minute);
    await world.run(2_000);
    expect(world.kinds()).toEqual(['silence.created', 'silence.ended']);
  });
});
