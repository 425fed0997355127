import { describe, expect, it } from '@jest/globals';
import { createWorld, orion, type World } from '../liveness/fixture.ts';
import { liveness, silence, story, worldOf } from './fixture.ts';

describe('Evaluator: silences and many', () => {
  it('does not count silenced instances for a mass outage', async () => {
    const world = worldOf(Array.from({ length: 60 }, (_, n) => orion(`i${n}`)));
    await silence(world, { durationSeconds: 40 });
    await world.run(30_000);
    expect(world.kinds().filter((kind) => kind.startsWith('mass'))).toEqual([]);
    expect(world.kinds().filter((kind) => kind === 'down')).toHaveLength(60);
    await world.run(30_000);
    expect(world.kinds().filter((kind) => kind === 'still_down')).toHaveLength(60);
  });

  it('defers a repeated report until the end of a mass outage', async () => {
    const others = Array.from({ length: 60 }, (_, n) => ({ ...orion(`i${n}`), name: 'IDAS' }));
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 30 });
    await world.run(20_000);
    for (const other of others) world.send(other);
    await world.run(14_000);
    expect(world.kinds()).toContain('mass_outage');
    expect(story(world, 'a')).toBe('started (late) (down)');
    await world.run(90_000);
    const kinds = world.kinds();
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(kinds.indexOf('still_down')).toBeGreaterThan(kinds.indexOf('mass_outage.ended'));
  });

  it('goes through a large fleet in slices when one ends', async () => {
    const world = worldOf(Array.from({ length: 12_000 }, (_, n) => orion(`i${n}`)));
    await silence(world, { durationSeconds: 40 });
    await world.run(39_500);
    let most = 0;
    let before = performance.now();
    const turns = setInterval(() => {
      most = Math.max(most, performance.now() - before);
      before = performance.now();
    }, 1);
    await world.run(45_000);
    clearInterval(turns);
    expect(world.kinds().filter((kind) => kind === 'still_down')).toHaveLength(12_000);
    expect(most).toBeLessThan(1_000);
  });
});

describe('Evaluator: the price of silences', () => {
  it('is paid when an event is made, and by no heartbeat of an instance that is up', async () => {
    let asked = 0;
    const world = createWorld({
      liveness,
      watched(registry) {
        const { identity } = registry;
        // To match an instance, its identity has to be read.
        return Object.assign(registry, {
          identity(ref: number) {
            asked += 1;
            return identity(ref);
          },
        });
      },
    });
    await silence(world, { matchers: {}, everything: true });
    world.send(orion('a'));
    await world.run(1_000);
    asked = 0;
    for (let n = 0; n < 10_000; n++) world.send(orion('a'));
    expect(asked).toBe(0);
    await world.run(13_000);
    expect(story(world, 'a')).toBe('(started) (late) (down)');
    expect(asked).toBeLessThan(10);
  });
});

describe('Evaluator: silences and components', () => {
  const rules = [{ name: '*', lateSeconds: 5, downSeconds: 12, minInstances: 1 }];
  const component = (world: World): string[] =>
    world.disk.events
      .filter(({ kind }) => kind.startsWith('component.'))
      .map(({ kind, silencedBy }) => (silencedBy === undefined ? kind : `(${kind})`));

  it('suppresses the events of a component, and reports a shortage again at its end', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(world, { durationSeconds: 20 });
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)']);
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)', 'component.down']);
    world.send(orion('a'));
    await world.run(2_000);
    expect(component(world)).toEqual(['(component.down)', 'component.down', 'component.recovered']);
  });

  it('notifies the recovery of a component whose shortage was notified', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await world.run(15_000);
    await silence(world);
    world.send(orion('a'));
    await world.run(15_000);
    expect(component(world)).toEqual(['component.down', 'component.recovered', '(component.down)']);
  });

  it('does not cover a component where single instances are meant', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(world, { matchers: { instance: 'a' } });
    await world.run(15_000);
    expect(component(world)).toEqual(['component.down']);
  });

  it('remembers over a restart what was notified', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(world, { durationSeconds: 40 });
    await world.run(15_000);
    world.kill();
    world.start();
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)']);
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)', 'component.down']);
  });

  it('defers the report of an expected component that never came', async () => {
    const expected = [{ name: 'Never', expected: true }];
    const world = createWorld({ liveness: { ...liveness, graceSeconds: 10, rules: expected } });
    await silence(world, { matchers: { name: 'Never' }, durationSeconds: 60 });
    await world.run(30_000);
    expect(world.kinds()).toEqual(['silence.created']);
    await world.run(40_000);
    expect(world.kinds()).toEqual(['silence.created', 'silence.ended', 'component.never_seen']);
  });
});
