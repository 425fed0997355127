import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../service/contract/event.ts';
import type { Identity } from '../../service/contract/instance.ts';
import { createWorld, orion, type World } from './fixture.ts';

const liveness = {
  rules: [{ name: '*', lateSeconds: 5, downSeconds: 10 }],
  reminders: { everySeconds: 60 },
  massOutage: { share: 1 },
};

function worldOf(instances: readonly Identity[], more: Record<string, unknown> = {}): World {
  const world = createWorld({ liveness: { ...liveness, ...more } });
  for (const identity of instances) world.send(identity);
  return world;
}

const some = (count: number, name = 'Orion') =>
  Array.from({ length: count }, (_, n) => ({ ...orion(`${name}-${n}`), name }));

const reminders = (world: World): LivenessEvent[] =>
  world.disk.events.filter(({ kind }) => kind === 'still_down');
/** The second in which each was made; evaluations may be between seconds after a restart. */
const seconds = (world: World): number[] =>
  reminders(world).map(({ id }) => Math.floor(world.madeAtMs(id) / 1_000));

describe('Evaluator: reminders', () => {
  it('are not made when they are off', async () => {
    const world = worldOf([orion('a')], { reminders: {} });
    await world.run(600_000);
    expect(world.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('are made every round for an instance that is down, until its heartbeat', async () => {
    const world = worldOf([orion('a')]);
    await world.run(200_000);
    expect(seconds(world)).toEqual([60, 120, 180]);
    expect(reminders(world)[1]).toMatchObject({
      subject: orion('a'),
      state: 'down',
      previous: 'down',
      ageSeconds: 120,
      reason: 'No heartbeat for 2 min: still down.',
    });
    const sender = world.sender(orion('a'), { intervalMs: 3_000, declares: false });
    await world.run(200_000);
    expect(seconds(world)).toEqual([60, 120, 180]);
    sender.isAlive = false;
    await world.run(100_000);
    // Down at 410: half a round before the one at 480, which counts.
    expect(seconds(world)).toEqual([60, 120, 180, 480]);
  });

  it('leave out an instance that has not been down for half a round', async () => {
    const world = worldOf([]);
    await world.run(25_000);
    world.send(orion('a'));
    await world.run(120_000);
    expect(seconds(world)).toEqual([120]);
  });

  it('are made no more often than configured', async () => {
    const world = worldOf([orion('a')], { reminders: { everySeconds: 60, most: 2 } });
    await world.run(600_000);
    expect(seconds(world)).toEqual([60, 120]);
  });

  it('group many instances of a component in one event', async () => {
    const world = worldOf([...some(30), ...some(5, 'IDAS')]);
    await world.run(60_000);
    const [single, group] = [true, false].map((isSingle) =>
      reminders(world).filter(({ subject }) => subject && 'instance' in subject === isSingle),
    );
    expect(single?.map(({ subject }) => subject?.name)).toEqual(Array(5).fill('IDAS'));
    expect(group).toMatchObject([
      {
        subject: { name: 'Orion', version: '1.0' },
        reason: '30 instances are still down, the longest without a heartbeat for 1 min.',
        data: { down: 30, moreInstances: 10, instances: expect.arrayContaining(['Orion-3']) },
      },
    ]);
  });

  it('group very many components in one event', async () => {
    const world = worldOf(
      Array.from({ length: 300 }, (_, n) => ({ ...orion('x'), name: `c${n}` })),
    );
    await world.run(120_000);
    expect(reminders(world)).toMatchObject([
      { subject: undefined, data: { down: 300, moreComponents: 280 } },
      { subject: undefined },
    ]);
  });

  it('leave out instances that a silence covers', async () => {
    const world = worldOf([orion('a'), orion('b')]);
    await world.run(20_000);
    await world.evaluator.silences.create({
      matchers: { instance: 'a' },
      durationSeconds: 130,
      reason: 'a test',
      author: 'me',
    });
    await world.run(160_000);
    const told = reminders(world).map(({ id, subject }) => [
      subject && 'instance' in subject && subject.instance,
      world.madeAtMs(id) / 1_000,
    ]);
    expect(told).toEqual([
      ['b', 60],
      ['b', 120],
      ['a', 150],
      ['a', 180],
      ['b', 180],
    ]);
  });

  it('make one event when a silence ends with a round', async () => {
    const world = worldOf([orion('a')]);
    await world.evaluator.silences.create({
      matchers: { instance: 'a' },
      durationSeconds: 60,
      reason: 'a test',
      author: 'me',
    });
    await world.run(70_000);
    expect(seconds(world)).toEqual([60]);
  });

  it('wait for the end of a mass outage', async () => {
    const massOutage = { share: 0.5, minInstances: 10, windowSeconds: 60 };
    const world = worldOf([orion('a')], { massOutage });
    await world.run(40_000);
    for (const identity of some(30, 'IDAS')) world.send(identity);
    await world.run(300_000);
    const kinds = world.kinds();
    expect(kinds).toContain('mass_outage');
    const [first] = reminders(world);
    expect(kinds.indexOf('still_down')).toBeGreaterThan(kinds.indexOf('mass_outage.ended'));
    expect(first?.subject).toEqual(orion('a'));
  });
});

describe('Evaluator: reminders over restarts', () => {
  it.each(['kill', 'stop'] as const)('keep the rounds over a %s at any time', async (way) => {
    for (let restartMs = 55_000; restartMs <= 65_000; restartMs += 500) {
      const world = worldOf([orion('a'), orion('b')]);
      await world.run(restartMs);
      if (way === 'kill') world.kill();
      else await world.stop();
      world.start();
      await world.run(190_000 - restartMs);
      expect(seconds(world)).toEqual([60, 60, 120, 120, 180, 180]);
    }
  });

  it('do not count blind time', async () => {
    const world = worldOf([orion('a')]);
    await world.run(70_000);
    world.kill();
    await world.run(1_000_000);
    world.start();
    await world.run(60_000);
    expect(seconds(world)).toEqual([60, 1_120]);
  });

  it('are not moved by the wall clock', async () => {
    const world = worldOf([orion('a')]);
    await world.run(70_000);
    world.time.stepWall(3_600_000);
    await world.run(10_000);
    world.time.stepWall(-7_200_000);
    await world.run(110_000);
    expect(seconds(world)).toEqual([60, 120, 180]);
  });

  it('begin anew with another time between rounds', async () => {
    const world = worldOf([orion('a')]);
    await world.run(70_000);
    await world.stop();
    world.configure({ liveness: { ...liveness, reminders: { everySeconds: 100 } } });
    world.start();
    await world.run(150_000);
    expect(seconds(world)).toEqual([60, 100, 200]);
  });
});
